import { readVerifyingKey } from "../../evidence/attestation/key-files";
import { readBundle } from "../../evidence/attestation/read-bundle";
import { readEvidence } from "../../evidence/read-evidence";
import { failureOf } from "../../evidence/report/headline";
import { judgeReading } from "../../evidence/report/judged-evidence";
import { writeReport, type WrittenReport } from "../../evidence/report/report-files";
import { exitCodeOf, verdictText } from "../../evidence/verify/render-verdict";
import type { Expectations } from "../../evidence/verify/rule";
import { verifyEvidence, type Verdict } from "../../evidence/verify/verify-evidence";
import { verifySignedEvidence } from "../../evidence/verify/verify-signed";
import { messageOf, UserError } from "../../settings/user-error";
import type { FailoverOptions, FailoverOutcome, FailoverWatch } from "../failover/failover";
import { exitCodeOfDrill } from "./exit-code";

/** The parts of a drill, in their order. */
export const PART_NAMES = ["dry-run", "switchover", "way-back"] as const;
/** One of them. */
export type PartName = (typeof PART_NAMES)[number];

/** Why a part did not end well: what an operator reads first. Null is "not of one step", "not of one host". */
export interface DrillProblem {
  readonly step: string | null;
  readonly host: string | null;
  readonly reason: string;
  readonly next: string;
}

/** What became of one part. */
export interface DrillPart {
  readonly name: PartName;
  /** 0 accepted, 1 failed or not accepted, 2 nothing could be verified or bad usage, 3 refused as unsafe. */
  readonly exitCode: 0 | 1 | 2 | 3;
  /** Absent where the part ended without evidence. */
  readonly outcome?: FailoverOutcome;
  readonly verdict?: Verdict;
  readonly report?: WrittenReport;
  readonly problem?: DrillProblem;
}

/** Runs one drill, as `runFailover` does. */
export type RunFailover = (options: FailoverOptions, watch: FailoverWatch) => Promise<FailoverOutcome>;

/** What a part is judged by, and where its report goes. */
export interface PartTerms {
  readonly expectations: Expectations;
  /** File with the public key that the evidence must be signed with; undefined: no signature is asked for. */
  readonly key: string | undefined;
  readonly reportFolder: string;
  /** A dry run that went well is followed by the report of what it was for. */
  readonly reportGood: boolean;
}

/**
 * One part whole: the drill, the verdict on its evidence as it was written, and its report. A report is written also of
 * a drill that failed. Never throws: what went wrong is the part's problem.
 */
export async function runPart(
  name: PartName,
  options: FailoverOptions,
  terms: PartTerms,
  watch: FailoverWatch,
  run: RunFailover,
): Promise<DrillPart> {
  let outcome: FailoverOutcome;
  try {
    outcome = await run(options, watch);
  } catch (error) {
    return { name, ...thrown(error, "understudy status") };
  }
  const { document, files } = outcome;
  const part: DrillPart = { name, exitCode: exitCodeOfDrill(document), outcome };
  try {
    const reading = await readEvidence(files.envPath);
    const verdict = await judge(reading, files.bundlePath, terms);
    const judged = { ...part, verdict, ...whatIsWrong(part, verdict, files.envPath) };
    if (!reading.readable || (judged.exitCode === 0 && !terms.reportGood)) return judged;
    watch.phase?.("writing the report");
    const report = await writeReport(terms.reportFolder, { ...judgeReading(reading), verdict });
    return { ...judged, report };
  } catch (error) {
    const found = thrown(error, `understudy report --evidence ${files.envPath}`);
    // What failed of the drill itself comes first.
    return part.exitCode === 0 ? { ...part, ...found } : { ...part, ...whatIsWrong(part, undefined, files.envPath) };
  }
}

function thrown(error: unknown, next: string): Pick<DrillPart, "exitCode"> & { readonly problem: DrillProblem } {
  const known = error instanceof UserError;
  return {
    exitCode: known ? error.exitCode : 1,
    problem: { step: null, host: null, reason: messageOf(error), next: known ? error.next : next },
  };
}

async function judge(
  reading: Awaited<ReturnType<typeof readEvidence>>,
  bundlePath: string | null,
  { expectations, key }: PartTerms,
): Promise<Verdict> {
  if (key === undefined) return verifyEvidence(reading, expectations);
  if (bundlePath === null) {
    const reason = "the evidence is not signed: the environment file names no signing key";
    return { verdict: "unverifiable", reason, next: "name evidence.signing_key_file, or leave --key out" };
  }
  const signature = { bundle: await readBundle(bundlePath), key: await readVerifyingKey(key) };
  return verifySignedEvidence(reading, signature, expectations);
}

function whatIsWrong(
  { exitCode, outcome }: DrillPart,
  verdict: Verdict | undefined,
  envPath: string,
): Pick<DrillPart, "exitCode"> & { readonly problem?: DrillProblem } {
  if (exitCode !== 0 && outcome !== undefined) {
    const { document } = outcome;
    const failure = failureOf(document);
    return {
      exitCode,
      problem: {
        step: document.failedStep,
        host: failure?.host ?? null,
        reason: failure?.reason ?? "no reason is recorded",
        next: failure?.next ?? `understudy report --evidence ${envPath}`,
      },
    };
  }
  if (verdict === undefined || verdict.verdict === "accepted") return { exitCode };
  const [first = ""] = verdictText(verdict).split("\n");
  const next = verdict.verdict === "unverifiable" ? verdict.next : `understudy report --evidence ${envPath}`;
  return { exitCode: exitCodeOf(verdict), problem: { step: null, host: null, reason: first, next } };
}
