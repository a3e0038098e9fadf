import type { ResourceChanges } from "../failover/bring-up";
import type { Topology } from "../../evidence/document";

/** What an `up` or a `down` did to one host's stack, or would do. */
export interface StackOutcome {
  readonly host: string;
  readonly stack: string;
  readonly changes: ResourceChanges;
  /** Data volumes by name: what becomes of them is said by the verb. */
  readonly volumes: readonly string[];
  /** Why it did not come about; null when it did. */
  readonly failure: string | null;
}

/** What an `up` or a `down` of all stacks did, or would do. */
export interface LifecycleOutcome {
  readonly mode: "dry-run" | "execute";
  readonly environment: string;
  readonly stacks: readonly StackOutcome[];
  readonly before: Topology;
  /** Null in a dry run, which changes nothing. */
  readonly after: Topology | null;
  /** Everything went well and, after an executed `up`, every host plays the role it is declared to play. */
  readonly good: boolean;
  /** What to do now, as a command; null when there is nothing. */
  readonly next: string | null;
}
