import type { EvidenceDocument } from "../../evidence/document";
import { hookMarks, type DrillHooks, type HookRun } from "../../evidence/hooks";
import { DEMOTION, PROMOTION } from "../../settings/steps";
import { broken, stepAt, type NegativeCase } from "./negative-case";
import { acceptedUnfencedEvidence } from "./valid-unplanned";
import { dryRunEvidence, plannedEvidence, record, unplannedEvidence } from "./valid-evidence";

const DEMOTED: HookRun = {
  ...{ host: "host-a", hook: "demoted", beganAtMs: 1882, endedAtMs: 1890 },
  ...{ end: "exit", exitCode: 0 },
};
const PROMOTED: HookRun = { ...DEMOTED, host: "host-b", hook: "promoted", beganAtMs: 1960, endedAtMs: 1964 };

function withHooks(document: EvidenceDocument): EvidenceDocument {
  const declared = [DEMOTED, PROMOTED].map(({ host, hook }) => ({ host, hook }));
  document.hooks = { declared, ran: structuredClone([DEMOTED, PROMOTED]) };
  for (const [step, run] of [
    [DEMOTION, DEMOTED],
    [PROMOTION, PROMOTED],
  ] as const) {
    const [begins, ended] = hookMarks(run);
    document.steps
      .find((one) => one.step === step)
      ?.marks.push(
        { name: begins, host: run.host, atMs: run.beganAtMs },
        { name: ended, host: run.host, atMs: run.endedAtMs },
      );
  }
  return record(document);
}

/** A switchover whose hooks moved an address. */
export const hookedEvidence = (): EvidenceDocument => withHooks(plannedEvidence());

/** A failover whose old primary's hook failed: the fence counts. */
export function hookedFailover(): EvidenceDocument {
  const document = withHooks(unplannedEvidence());
  Object.assign(ran(document, 0), { exitCode: 4 });
  return record(document);
}

function hooksOf({ hooks }: EvidenceDocument): DrillHooks {
  if (hooks === undefined) throw new Error("no hooks");
  return hooks;
}

function ran(document: EvidenceDocument, at: number): HookRun {
  const run = hooksOf(document).ran[at];
  if (run === undefined) throw new Error("no such run");
  return run;
}

/** Moves a run and its marks to another time. */
function at(document: EvidenceDocument, which: number, beganAtMs: number, endedAtMs: number): void {
  const run = ran(document, which);
  const [begins, ended] = hookMarks(run);
  for (const mark of document.steps.flatMap(({ marks }) => marks)) {
    if (mark.name === begins) mark.atMs = beganAtMs;
    if (mark.name === ended) mark.atMs = endedAtMs;
  }
  Object.assign(run, { beganAtMs, endedAtMs });
}

/** What is wrong with hooks, and the rule that finds it. */
export const HOOK_CASES: readonly NegativeCase[] = [
  broken("hooks-declared", "one ran that nobody declared", (d) => void hooksOf(d).declared.pop(), hookedEvidence),
  broken(
    "hooks-declared",
    "one is declared twice",
    (d) => void hooksOf(d).declared.push({ host: "host-a", hook: "demoted" }),
    hookedEvidence,
  ),
  broken(
    "hooks-declared",
    "one is of a host that took no part",
    (d) => void hooksOf(d).declared.push({ host: "host-c", hook: "demoted" }),
    hookedEvidence,
  ),
  broken("hooks-declared", "one ended before it began", (d) => (ran(d, 0).endedAtMs = 1), hookedEvidence),
  broken("hooks-declared", "one was ended and has a code", (d) => (ran(d, 0).end = "timeout"), hookedEvidence),
  broken("hooks-marked", "the section is taken out", (d) => delete d.hooks, hookedEvidence),
  broken("hooks-marked", "a run is invented", (d) => void (stepAt(d, 2).marks = []), hookedEvidence),
  broken("hooks-marked", "a run has another time than its mark", (d) => (ran(d, 1).endedAtMs = 1970), hookedEvidence),
  broken("hooks-ran", "the old primary's did not run", (d) => void hooksOf(d).ran.shift(), hookedEvidence),
  broken("hooks-ran", "the new primary's did not run", (d) => void hooksOf(d).ran.pop(), hookedEvidence),
  broken("hooks-ran", "the old primary's failed in a switchover", (d) => (ran(d, 0).exitCode = 1), hookedEvidence),
  broken("hooks-ran", "the new primary's failed", (d) => (ran(d, 1).exitCode = 1), hookedEvidence),
  broken("hooks-ran", "the old primary's ended after the promotion", (d) => at(d, 0, 1882, 2500), hookedEvidence),
  broken("hooks-ran", "the new primary's began before the promotion", (d) => at(d, 1, 1885, 1964), hookedEvidence),
  broken(
    "hooks-ran",
    "it failed beside a host that was not fenced",
    (d) => (ran(d, 0).exitCode = 1),
    () => withHooks(acceptedUnfencedEvidence()),
  ),
  broken(
    "dry-run-changes-nothing",
    "a hook ran in a dry run",
    (d) => (d.hooks = { declared: [{ host: "host-a", hook: "demoted" }], ran: [DEMOTED] }),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
];
