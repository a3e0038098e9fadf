import path from "node:path";
import { runFailover } from "../../operator/failover/failover";
import { messageOf } from "../../settings/user-error";
import { plannedDrill } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { seconds, type Progress } from "../host/progress";
import { readExecuted } from "./executed-evidence";
import { recordOf, recordWithoutEvidence, type SwapRecord } from "./swap-record";
import { swapLine } from "./swap-line";

/** So many failures in a row end a series: the pair needs a person. */
const GIVE_UP_AFTER = 2;

/** One series of planned switchovers that is to be run. */
export interface SeriesPlan {
  /** Names the series in its drill ids. */
  readonly name: string;
  readonly count: number;
  /** Begins every drill id of this benchmark, so that none was used before. */
  readonly stamp: string;
  /** Folder for the evidence of every swap. */
  readonly folder: string;
  /** Ends the series after the swap that is under way. */
  readonly stop: AbortSignal;
}

/** Alternating executed swaps, one after the other. A swap that fails is a record like any other; two in a row end the series. */
export async function runSeries(
  environment: Environment,
  { name, count, stamp, folder, stop }: SeriesPlan,
  progress: Progress,
): Promise<readonly SwapRecord[]> {
  const records: SwapRecord[] = [];
  let failures = 0;
  for (let turn = 1; turn <= count && failures < GIVE_UP_AFTER && !stop.aborted; turn += 1) {
    const began = performance.now();
    const drillId = `bench-${stamp}-${name}-${turn}`;
    const record = await swapOnce(environment, path.join(folder, `${drillId}.env`), drillId);
    records.push(record);
    failures = record.failure === null ? 0 : failures + 1;
    progress(`${name} ${turn}/${count}  ${swapLine(record)}  (${seconds(performance.now() - began)} in all)`);
  }
  if (records.length < count)
    progress(`${name}: given up after ${failures} failures in a row; next: understudy status`);
  return records;
}

async function swapOnce(environment: Environment, outputFile: string, drillId: string): Promise<SwapRecord> {
  try {
    await runFailover({ environment, outputFile, to: undefined, drill: plannedDrill(drillId, "execute") });
    return await readRecord(environment, outputFile, drillId);
  } catch (error) {
    // The evidence may have been written before what went wrong.
    const record = await readRecord(environment, outputFile, drillId);
    return { ...record, failure: [messageOf(error), record.failure].filter(Boolean).join("; ") };
  }
}

async function readRecord(environment: Environment, outputFile: string, drillId: string): Promise<SwapRecord> {
  const read = await readExecuted(outputFile, environment, environment.objectives.max_data_lag_events);
  if (read.document === null) return recordWithoutEvidence(drillId, read.reason);
  return recordOf(read.document, read.verdict);
}
