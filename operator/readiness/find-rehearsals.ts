import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { KEPT_FOLDER } from "../../evidence/keep-evidence";
import type { PastRehearsal } from "../../evidence/readiness";
import { headlineOf } from "../../evidence/report/headline";
import { readJudgedEvidence } from "../../evidence/report/judged-evidence";
import { isRehearsal } from "../../evidence/report/rehearsed";
import { messageOf, UserError } from "../../settings/user-error";

/** The executed drills of an environment, the newest first, as far back as the last accepted one. */
export interface FoundRehearsals {
  readonly rehearsals: readonly PastRehearsal[];
  /** Evidence newer than that which could not be read, each in words. */
  readonly unreadable: readonly string[];
}

/** Evidence that may be of an executed drill. */
export interface Candidate {
  readonly file: string;
  readonly finishedAt: string;
  readonly sha256: string;
}

/**
 * Looks for them in a folder and in `drills` of it. Only the small files are read before their order is known: a folder
 * with years of drills costs no more than what is new since the last accepted one.
 * @throws UserError, exit code 2, when the folder cannot be read
 */
export async function findRehearsals(folder: string, environment: string): Promise<FoundRehearsals> {
  const rehearsals: PastRehearsal[] = [];
  const unreadable: string[] = [];
  for (const { file } of await evidenceCandidates(folder)) {
    try {
      const { document, verdict } = await readJudgedEvidence(file);
      const { id, mode, environment: its, finishedAt, storesOnly, basis } = document.drill;
      if (mode !== "execute" || its !== environment) continue;
      const ofAll = storesOnly !== true;
      const accepted = isRehearsal(document, verdict);
      const { sentence } = headlineOf(document, verdict);
      const words = ofAll ? sentence : `it was of the two stores only. ${sentence}`;
      rehearsals.push({ id, evidence: file, finishedAt, accepted, sentence: words, basis });
      if (accepted) break;
    } catch (error) {
      unreadable.push(`the evidence ${file} cannot be read: ${messageOf(error)}`);
    }
  }
  return { rehearsals, unreadable };
}

/**
 * What may be of executed drills in a folder and in `drills` of it, the newest first, by the small files alone.
 * @throws UserError, exit code 2, when the folder cannot be read
 */
export async function evidenceCandidates(folder: string): Promise<readonly Candidate[]> {
  const files = [...(await evidenceFiles(folder)), ...(await evidenceFiles(path.join(folder, KEPT_FOLDER), true))];
  const found = new Map<string, Candidate>();
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => "");
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";
    if (value("FAILOVER_MODE") === "dry-run") continue;
    const sha256 = value("FAILOVER_EVIDENCE_SHA256");
    // One that is cut off has no order: it is looked at first, and said to be unreadable.
    const finishedAt = value("FAILOVER_FINISHED_AT") || "9999";
    if (!found.has(sha256 || file)) found.set(sha256 || file, { file, finishedAt, sha256 });
  }
  return [...found.values()].sort((left, right) => (left.finishedAt < right.finishedAt ? 1 : -1));
}

async function evidenceFiles(folder: string, mayBeAbsent = false): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(".env")).map((name) => path.join(folder, name));
  } catch (error) {
    if (mayBeAbsent && (error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new UserError(
      `${folder} cannot be read: ${messageOf(error)}`,
      "name the folder of the evidence: --results-dir",
      2,
    );
  }
}
