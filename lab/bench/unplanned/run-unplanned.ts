import path from "node:path";
import { runFailover } from "../../../operator/failover/failover";
import { messageOf } from "../../../settings/user-error";
import { containerName } from "../../../settings/names";
import type { Environment } from "../../../settings/environment";
import { STORE_NAMES } from "../../../settings/services";
import { labHeal } from "../../faults/heal";
import { strikeFault } from "../../faults/strike";
import { labPair, type LabPair } from "../../host/lab-pair";
import type { LabHost } from "../../host/layout";
import { readyPair, rejoinHost } from "../../host/pair-care";
import { seconds, type Progress } from "../../host/progress";
import { run } from "../../host/run";
import { startStanding } from "../../host/standing";
import { readExecuted } from "../executed-evidence";
import { unplannedRecordOf, unplannedWithoutEvidence, type GoneKind, type UnplannedRecord } from "./unplanned-record";
import { unplannedLine } from "./unplanned-text";

/** So many failures in a row end a series: the pair needs a person. */
const GIVE_UP_AFTER = 2;

/** One series of unplanned failovers that is to be run. */
export interface UnplannedPlan {
  readonly gone: GoneKind;
  readonly count: number;
  /** Begins every drill id of this benchmark, so that none was used before. */
  readonly stamp: string;
  /** Folder for the evidence of every failover. */
  readonly folder: string;
  /** Ends the series after the failover that is under way. */
  readonly stop: AbortSignal;
}

/** Takes the primary away, fails over, brings the old primary back as a standby, and again, the roles changing sides every time. */
export async function runUnplanned(
  environment: Environment,
  { gone, count, stamp, folder, stop }: UnplannedPlan,
  progress: Progress,
): Promise<readonly UnplannedRecord[]> {
  const pair = labPair(environment);
  const records: UnplannedRecord[] = [];
  let failures = 0;
  for (let turn = 1; turn <= count && failures < GIVE_UP_AFTER && !stop.aborted; turn += 1) {
    const began = performance.now();
    const drillId = `bench-${stamp}-${gone}-${turn}`;
    const record = await failOverOnce(pair, gone, { drillId, folder }, progress);
    records.push(record);
    failures = record.failure === null ? 0 : failures + 1;
    progress(
      `unplanned, ${gone} ${turn}/${count}  ${unplannedLine(record)}  (${seconds(performance.now() - began)} in all)`,
    );
  }
  return records;
}

/** Both stores' containers are killed by their engine: no restart policy brings them back. */
async function killStores({ socket }: LabHost): Promise<void> {
  await run("docker", ["-H", `unix://${socket}`, "kill", ...STORE_NAMES.map(containerName)], { timeoutMs: 30_000 });
}

async function failOverOnce(
  pair: LabPair,
  gone: GoneKind,
  { drillId, folder }: { readonly drillId: string; readonly folder: string },
  progress: Progress,
): Promise<UnplannedRecord> {
  const { environment } = pair;
  const outputFile = path.join(folder, `${drillId}.env`);
  const quiet = (): void => undefined;
  try {
    const { primary } = await readyPair(pair, quiet);
    const credentials = await pair.credentials();
    const socket = path.join(folder, "probe");
    const probe = await startStanding(environment, credentials, { label: `probe-${drillId}`, socket });
    try {
      await (gone === "silent" ? strikeFault("power-loss", primary.name, quiet) : killStores(primary));
      await runFailover({
        ...{ environment, outputFile, to: undefined },
        drill: { id: drillId, mode: "execute", kind: "unplanned", nonce: "", standing_probe: socket },
      });
    } finally {
      await probe.end();
    }
    await labHeal(quiet);
    await rejoinHost(pair, primary.name, quiet);
  } catch (error) {
    const record = await readRecord(environment, gone, outputFile, drillId);
    await labHeal(quiet).catch((thrown: unknown) => progress(messageOf(thrown)));
    return { ...record, failure: [messageOf(error), record.failure].filter(Boolean).join("; ") };
  }
  return readRecord(environment, gone, outputFile, drillId);
}

async function readRecord(
  environment: Environment,
  gone: GoneKind,
  outputFile: string,
  drillId: string,
): Promise<UnplannedRecord> {
  const read = await readExecuted(outputFile, environment, environment.objectives.max_unplanned_loss_events);
  if (read.document === null) return unplannedWithoutEvidence(drillId, gone, read.reason);
  return unplannedRecordOf(read.document, gone, read.verdict);
}
