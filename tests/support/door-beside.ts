import type { Environment } from "../../settings/environment";

/** What a test does beside an exchange. */
export interface Beside {
  /** With other settings of the section `clients`. */
  readonly environment?: Environment;
  /** Beside the hold, which waits for transactions to end. */
  readonly whileHolding?: () => Promise<void>;
  /** After both stores were exchanged, before an agent says so. */
  readonly beforeAgents?: () => Promise<void>;
}
