import type { Credentials } from "../settings/credentials";
import type { Environment } from "../settings/environment";
import type { DrillClock } from "./clock";
import type { DrillFacts } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import type { HostSessions } from "./hosts/sessions";
import type { ProbeHandle } from "./probe/probe";
import type { StepRecorder } from "./step-recorder";

/** One executed drill while it runs: every session is open before the cut, and the steps share them. */
export interface DrillRun {
  readonly request: DrillRequest;
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly clock: DrillClock;
  readonly from: HostSessions;
  readonly to: HostSessions;
  readonly facts: DrillFacts;
  probe: ProbeHandle | undefined;
  /** Redis counters of the host to be promoted before anything happened. */
  redisSyncsBefore: { full: number; partial: number };
  /** Journal writes that the cut does not wait for; the last step does. */
  readonly pendingWrites: Promise<unknown>[];
  /** Settled when demote-primary has ended: true when the old primary is sealed and the standby has everything. */
  readonly demotion: PromiseWithResolvers<boolean>;
  /** Nobody waits for the demotion any more: it must not begin. */
  calledOff: boolean;
  /** Steps at work now, and the timer that ends a drill whose next step does not come. */
  busySteps: number;
  idleTimer: NodeJS.Timeout | undefined;
}

/** What a step is: it reads and acts, notes what it sees, and throws a StepFailure when it cannot go on. */
export type Step = (run: DrillRun, recorder: StepRecorder) => Promise<void>;
