import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceDocument } from "../document";
import { KEPT_FOLDER } from "../keep-evidence";
import { messageOf, UserError } from "../../settings/user-error";
import { lossOf, outageOf, recoveryOf } from "./figures";
import { readJudgedEvidence, type JudgedEvidence } from "./judged-evidence";

/** One drill of the past. Null is "not known". */
export interface PastDrill {
  readonly startedAt: string;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: EvidenceDocument["drill"]["kind"];
  readonly mode: EvidenceDocument["drill"]["mode"];
  readonly success: boolean;
  readonly failedStep: string | null;
  readonly durationMs: number;
  readonly outageMs: { readonly timescaledb: number | null; readonly redis: number | null };
  /** First step to first acknowledged write on the new primary; null but in an unplanned drill. */
  readonly recoveryMs: { readonly timescaledb: number | null; readonly redis: number | null };
  /** Acknowledged events that were lost; null in a dry run, which acknowledges none. */
  readonly lost: number | null;
  /** The verifier's word, against the drill's own objectives. */
  readonly verdict: JudgedEvidence["verdict"]["verdict"];
  readonly evidence: string;
  readonly sha256: string;
}

/** The drills found in a folder, oldest first, and the evidence files that could not be read, with the reason. */
export interface History {
  readonly drills: readonly PastDrill[];
  readonly unreadable: readonly { readonly evidence: string; readonly reason: string }[];
}

/**
 * Reads every `.env` evidence file of `folder` and of `drills` in it. The same document found twice is one drill.
 * @throws UserError with exit code 2 when the folder cannot be read
 */
export async function readHistory(folder: string): Promise<History> {
  const files = [...(await kept(join(folder, KEPT_FOLDER))), ...(await evidenceFiles(folder))];
  const drills = new Map<string, PastDrill>();
  const unreadable: { evidence: string; reason: string }[] = [];
  for (const file of files) {
    try {
      const judged = await readJudgedEvidence(file);
      if (!drills.has(judged.sha256)) drills.set(judged.sha256, pastDrill(judged, file));
    } catch (thrown) {
      unreadable.push({ evidence: file, reason: messageOf(thrown) });
    }
  }
  return {
    drills: [...drills.values()].sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1)),
    unreadable,
  };
}

/** A drill's row of the history. */
export function pastDrill({ document, verdict, sha256 }: JudgedEvidence, evidence: string): PastDrill {
  const { drill, success, failedStep } = document;
  return {
    startedAt: drill.startedAt,
    id: drill.id,
    from: drill.fromHost,
    to: drill.toHost,
    kind: drill.kind,
    mode: drill.mode,
    success,
    failedStep,
    durationMs: drill.durationMs,
    outageMs: { timescaledb: outageOf(document, "timescaledb"), redis: outageOf(document, "redis") },
    recoveryMs: { timescaledb: recoveryOf(document, "timescaledb"), redis: recoveryOf(document, "redis") },
    lost: lossOf(document),
    verdict: verdict.verdict,
    evidence,
    sha256,
  };
}

async function kept(folder: string): Promise<string[]> {
  return evidenceFiles(folder).catch(() => []);
}

async function evidenceFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(".env"))
      .sort()
      .map((name) => join(folder, name));
  } catch (thrown) {
    throw new UserError(`${folder} cannot be read: ${messageOf(thrown)}`, "understudy history --dir docs/results", 2);
  }
}
