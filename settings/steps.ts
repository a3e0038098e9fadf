/**
 * The one table that says what the steps of a drill are. The step resources, the evidence keys, the report's rows
 * and the verifier's order rule all come from it.
 */
export const STEPS = [
  {
    name: "precheck",
    evidenceKey: "STEP_PRECHECK_STATUS",
    sentence: "read both hosts, arm every session the cut needs, start the probe",
  },
  {
    name: "backup-sync-check",
    evidenceKey: "STEP_BACKUP_SYNC_CHECK_STATUS",
    sentence: "compare replication lag on both stores, and both hosts' backups, with the objectives",
  },
  {
    name: "demote-primary",
    evidenceKey: "STEP_DEMOTE_PRIMARY_STATUS",
    sentence: "stop the old primary cleanly, seal its last WAL position, wait until the standby has replayed it",
  },
  {
    name: "promote-standby",
    evidenceKey: "STEP_PROMOTE_STANDBY_STATUS",
    sentence:
      "pause Redis writes, compare offsets, exchange both stores' roles, compare the switch point with the seal",
  },
  {
    name: "verify",
    evidenceKey: "STEP_VERIFY_STATUS",
    sentence:
      "see the old primary stream without rewind or full sync, read every probe event back, carry the other services' data over",
  },
] as const;

/** The name of a step, as evidence, journal and report write it. */
export type StepName = (typeof STEPS)[number]["name"];

/** The names of the steps in the order in which they run. */
export const STEP_NAMES: readonly StepName[] = STEPS.map((step) => step.name);

/**
 * What became of one step. `simulated` is a dry run's word, `skipped` follows a failed step, `bypassed` is an
 * operator's explicit decision.
 */
export const STEP_STATUSES = ["passed", "failed", "skipped", "simulated", "bypassed"] as const;

/** What became of one step. */
export type StepStatus = (typeof STEP_STATUSES)[number];
