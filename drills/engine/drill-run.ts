import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { DrillClock } from "../hosts/clock";
import type { DrillFacts, StepEnding, StepOutput } from "../../evidence/drill-facts";
import type { DrillRequest } from "../../evidence/drill-request";
import type { ServiceName } from "../../settings/services";
import { STEP_NAMES, type StepName } from "../../settings/steps";
import type { BackupState } from "../services/backup/read-backup-state";
import type { RehearsedRestore } from "../services/backup/rehearse-restores";
import type { CanaryHandle } from "../services/canary/canary";
import type { Carried, CarryOver } from "../services/data-sync/carry-over";
import type { ServiceBackup } from "../../evidence/continuity";
import type { Doors } from "../hosts/doors";
import type { HostSessions } from "../hosts/sessions";
import type { ClientLoads } from "../clients/loads";
import type { ProbeHandle } from "../probe/probe";
import type { StepRecorder } from "./step-recorder";

/** What the step resource hands over. */
export interface StepInput {
  readonly step: StepName;
  readonly request: DrillRequest;
  /** Whether the drill goes on after the step before, and the origin of the drill's clock; null for the first step. */
  readonly previous: Pick<StepReturn, "goesOn" | "originNs"> | null;
  readonly credentials: Credentials;
}

/** What a step hands to the next one, beside what it leaves as a stack output. */
export interface StepReturn extends StepOutput {
  readonly originNs: string;
  /** Whether the next step has its turn: the table of steps says after which ends it may. */
  readonly goesOn: boolean;
}

/** No step has ended yet. */
export function noTurns(): RunState["turns"] {
  return Object.fromEntries(STEP_NAMES.map((step) => [step, Promise.withResolvers()])) as RunState["turns"];
}

/** One drill in progress, whatever its kind: what its steps share within one process. */
export interface RunState {
  readonly request: DrillRequest;
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly clock: DrillClock;
  /** The host to be promoted. */
  readonly to: HostSessions;
  facts: DrillFacts;
  probe: ProbeHandle | undefined;
  /** What nobody waits for while it would cost time, such as journal writes in the cut; the last step does. */
  readonly pendingWrites: Promise<unknown>[];
  /** Settled when a step has ended: true when the one that waits for it may begin. */
  readonly turns: Readonly<Record<StepName, PromiseWithResolvers<boolean>>>;
  /** Steps that wait in this process for the one before, or have waited. */
  readonly waiting: Set<StepName>;
  /** Nobody waits for the demotion any more: it must not begin. */
  calledOff: boolean;
  /** Steps at work now, and the timer that ends a drill whose next step does not come. */
  busySteps: number;
  idleTimer: NodeJS.Timeout | undefined;
}

/** A planned drill: the host to be demoted answers. */
export interface DrillRun extends RunState {
  readonly from: HostSessions;
  /**
   * What is changed on the hosts for the cut and is to be taken back: Redis' pings on both, the slot for the old primary on
   * the standby, which is needed from the promotion on, and the old primary's background jobs, until it is stopped.
   */
  armed: { readonly pings: boolean; readonly slot: boolean; readonly jobs: boolean };
  /** Databases whose background jobs rest. */
  restingJobs: readonly string[];
  /** Writes Redis' new roles into the files of the boot guards, once; undefined before they were exchanged. */
  noteRoles: (() => Promise<void>) | undefined;
  /** Redis counters of the host to be promoted before anything happened. */
  redisSyncsBefore: { full: number; partial: number };
  /** The doors of both hosts; undefined where the environment has none. */
  doors: Doors | undefined;
  /** Ordinary clients under load; undefined where none were asked for, and when they have ended. */
  clients: ClientLoads | undefined;
  canary: CanaryHandle | undefined;
  carryOver: CarryOver | undefined;
  /** What restoring the newest backups gave, before the drill; empty where nothing is backed up. */
  rehearsed: readonly RehearsedRestore[];
  /** The backups before the drill, since when none is taken; empty where nobody has read them, as after an interruption. */
  repositories: readonly BackupState[];
  /** The backups as `backup-sync-check` found them. */
  backups: Partial<Record<ServiceName, ServiceBackup>>;
  /** What became of the services' data; empty before they were carried over. */
  carried: readonly Carried[];
}

/**
 * What a step of a run `R` is: it reads and acts, notes what it sees, and throws a StepFailure when it cannot go on.
 * It gives back how it ended where that is not simply `passed`: one of the endings `E`.
 */
export type StepOf<R extends RunState, E extends StepEnding = never> = (
  run: R,
  recorder: StepRecorder,
) => Promise<E | undefined>;

/** A step of a planned drill. */
export type Step = (run: DrillRun, recorder: StepRecorder) => Promise<void>;
