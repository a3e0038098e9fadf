/**
 * What becomes of a run that meets what was found: it is `refused` before anything is touched; what was found is `ended`
 * by the run; or it is `noted` in the evidence, for whoever reads it.
 */
export type FindingSeverity = "refused" | "ended" | "noted";

/** One thing that is read of the servers before a run, and what it means. */
export interface FindingRow {
  /** Its name in evidence and reports. */
  readonly key: string;
  /** What becomes of a switchover. */
  readonly planned: FindingSeverity;
  /** What becomes of a failover, which reads the standby alone; null where only the primary could say it. */
  readonly unplanned: FindingSeverity | null;
  /** The operator's word in the stack's config with which a switchover goes on although it is refused. */
  readonly unless?: "lose_unlogged";
  /** What is read. */
  readonly reads: string;
  /** What it would do: why it stops, loses or lengthens. */
  readonly means: string;
  /**
   * What an operator does about it; empty where there is nothing to do. `{psql}` and `{redis}` stand for the client with
   * the host's address and port, `{what}` for what was found, `{to}` for the host to be promoted.
   */
  readonly next: string;
}
