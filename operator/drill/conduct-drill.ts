import type { FailoverWatch } from "../failover/failover";
import type { RunFailover } from "./drill-part";
import { partRecord, writeRecord, type DrillRecord } from "./drill-record";
import { exitCodeOfParts, runDrill, type DrillOptions } from "./run-drill";

/** What a drill touches beside the pair; tests give others. */
export interface DrillEdges {
  readonly run?: RunFailover;
  readonly now?: () => Date;
}

/** A drill that was conducted: its record, and the file that it was written to. */
export interface ConductedDrill {
  readonly record: DrillRecord;
  readonly file: string;
}

/**
 * A drill from its begin to its record, which is written also when the drill fails. The record is there from the begin
 * on: one without an end is of a drill that is under way, or was killed.
 * @throws UserError when the record cannot be written before anything was done
 */
export async function conductDrill(
  options: DrillOptions & { readonly scheduled: boolean },
  watch: FailoverWatch,
  { run, now = () => new Date() }: DrillEdges = {},
): Promise<ConductedDrill> {
  const { id, environment, execute, scheduled, outputDir } = options;
  const begun: DrillRecord = {
    version: 1,
    ...{ id, environment: environment.name, execute, scheduled },
    startedAt: now().toISOString(),
    finishedAt: null,
    exitCode: null,
    parts: [],
    announced: [],
  };
  await writeRecord(outputDir, begun);
  const parts = await runDrill(options, watch, run);
  const record: DrillRecord = {
    ...begun,
    finishedAt: now().toISOString(),
    exitCode: exitCodeOfParts(parts),
    parts: parts.map(partRecord),
  };
  return { record, file: await writeRecord(outputDir, record) };
}
