import type { DrillConfig } from "./drill-config";

/**
 * What became of one step. `simulated` is a dry run's word, `skipped` follows a failed step, `bypassed` is an
 * operator's explicit decision.
 */
export const STEP_STATUSES = ["passed", "failed", "skipped", "simulated", "bypassed"] as const;

/** What became of one step. */
export type StepStatus = (typeof STEP_STATUSES)[number];

/** How a step runs in an executed drill of one kind. */
interface Course<Name extends string> {
  /**
   * The step that has ended before the engine starts this one; null for the first. The engine's own way from one resource
   * to the next would be part of the outage, so it may start a step earlier than that step has its turn.
   */
  readonly startsAfter: Name | null;
  /** The step whose end it awaits in the provider, where the engine has not awaited it; null where it has. */
  readonly waitsFor: Name | null;
  /** The host whose journal remembers the step: the old primary (`from`), or the host to be promoted (`to`). */
  readonly journal: "from" | "to";
  /**
   * Who notes there that it begins: the `runner`, right before it; a step, at a moment of its own choice; or `nobody`,
   * where a step that was killed has changed nothing.
   */
  readonly beginningNotedBy: Name | "runner" | "nobody";
  /** The ends after which the drill goes on: to the next step, and from the last one to success. */
  readonly goesOnAfter: readonly StepStatus[];
}

/** One step of a drill. */
interface StepRow<Name extends string = string> {
  readonly name: Name;
  /** Its key in the `.env` evidence. */
  readonly evidenceKey: string;
  /** What it does, in the words of reports, progress and pages. */
  readonly sentence: string;
  /** Whether it is part of the cutover window: it changes roles, and clients wait for it. */
  readonly cutover: boolean;
  readonly planned: Course<Name>;
  readonly unplanned: Course<Name>;
}

/**
 * The one table of steps, in their order: what each is called, and how it follows the ones before. The engine, the
 * evidence keys, the success rule, the verifier, the reports and the page docs/design/steps.md read it. What a step does
 * is a function of its kind: drills/planned/planned.ts, drills/unplanned/unplanned.ts.
 */
export const STEPS = [
  {
    name: "precheck",
    evidenceKey: "STEP_PRECHECK_STATUS",
    sentence: "read both hosts, open every session that the cutover window needs, start the probe",
    cutover: false,
    planned: {
      startsAfter: null,
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "nobody",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: null,
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "nobody",
      goesOnAfter: ["passed"],
    },
  },
  {
    name: "backup-sync-check",
    evidenceKey: "STEP_BACKUP_SYNC_CHECK_STATUS",
    sentence: "compare replication lag on both stores, and both hosts' backups, with the objectives",
    cutover: false,
    planned: {
      startsAfter: "precheck",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: "precheck",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed", "bypassed"],
    },
  },
  {
    name: "demote-primary",
    evidenceKey: "STEP_DEMOTE_PRIMARY_STATUS",
    sentence: "stop the old primary cleanly, note its final WAL position, wait until the standby has replayed up to it",
    cutover: true,
    planned: {
      startsAfter: "backup-sync-check",
      waitsFor: null,
      journal: "from",
      beginningNotedBy: "demote-primary",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: "precheck",
      waitsFor: "backup-sync-check",
      journal: "to",
      beginningNotedBy: "runner",
      // Its host may be gone: that it cannot write is then proved another way, or accepted in words.
      goesOnAfter: ["passed", "failed", "bypassed"],
    },
  },
  {
    name: "promote-standby",
    evidenceKey: "STEP_PROMOTE_STANDBY_STATUS",
    sentence:
      "pause Redis writes, compare offsets, exchange both stores' roles, compare the switch point with the final WAL position",
    cutover: true,
    planned: {
      startsAfter: "backup-sync-check",
      waitsFor: "demote-primary",
      journal: "to",
      beginningNotedBy: "demote-primary",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: "precheck",
      waitsFor: "demote-primary",
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed"],
    },
  },
  {
    name: "verify",
    evidenceKey: "STEP_VERIFY_STATUS",
    sentence:
      "see the old primary stream without rewind or full sync, read every probe event back, copy the other services' data",
    cutover: false,
    planned: {
      startsAfter: "promote-standby",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed"],
    },
    unplanned: {
      startsAfter: "promote-standby",
      waitsFor: null,
      journal: "to",
      beginningNotedBy: "runner",
      goesOnAfter: ["passed"],
    },
  },
] as const satisfies readonly StepRow[];

/** The name of a step, as evidence, journal and report write it. */
export type StepName = (typeof STEPS)[number]["name"];

/** The names of the steps in the order in which they run. */
export const STEP_NAMES: readonly StepName[] = STEPS.map((step) => step.name);

/** Looks at both hosts, and refuses what must not begin. */
export const PRECHECK = "precheck" as const satisfies StepName;
/** Compares lag and backups with the objectives. */
export const SYNC_CHECK = "backup-sync-check" as const satisfies StepName;
/** Keeps the old primary from writing. */
export const DEMOTION = "demote-primary" as const satisfies StepName;
/** Makes the standby the primary. Its marks say when each store's promotion began. */
export const PROMOTION = "promote-standby" as const satisfies StepName;
/** Proves what became of the events, and of the old primary. */
export const VERIFICATION = "verify" as const satisfies StepName;

type Last<T extends readonly unknown[]> = T extends readonly [...unknown[], infer L] ? L : never;

/** The step that opens a drill. */
export const FIRST_STEP = STEPS[0].name;
/** The step that ends one. */
export const LAST_STEP = (STEPS.at(-1) as Last<typeof STEPS>).name;

const ROWS: readonly StepRow<StepName>[] = STEPS;
const BY_NAME = Object.fromEntries(ROWS.map((row) => [row.name, row])) as Record<StepName, StepRow<StepName>>;

/** The row of a step. */
export function stepRow(step: StepName): StepRow<StepName> {
  return BY_NAME[step];
}

/** Whether `step` comes before `other` in a drill. */
export function comesBefore(step: StepName, other: StepName): boolean {
  return STEP_NAMES.indexOf(step) < STEP_NAMES.indexOf(other);
}

type Kind = DrillConfig["kind"];

/** The hosts on which the steps of a drill of kind `K` keep their journal. */
export type JournalHost<K extends Kind> = (typeof STEPS)[number][K]["journal"];

/** The host on which a step keeps its journal. */
export function journalHost<K extends Kind>(kind: K, step: StepName): JournalHost<K> {
  return stepRow(step)[kind].journal;
}

/** The ends after which step `S` of a drill of kind `K` goes on. */
export type EndOf<K extends Kind, S extends StepName> = Extract<
  (typeof STEPS)[number],
  { readonly name: S }
>[K]["goesOnAfter"][number];
