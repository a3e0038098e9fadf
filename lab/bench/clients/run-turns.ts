import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "../../../settings/credentials";
import { messageOf } from "../../../settings/user-error";
import { STORE_NAMES } from "../../../settings/services";
import type { Progress } from "../../host/progress";
import { primaryOf, type DeclaredLab } from "../backups/alternate-swaps";
import { keyed } from "../distribution";
import { machinePace } from "../machine-pace";
import { readExecuted } from "../executed-evidence";
import { runSeries } from "../run-series";
import type { SwapRecord } from "../swap-record";
import { windowOf } from "./client-latency";
import { CLIENTS_RATE, firstRunOf, loadOfTurn } from "./client-loads";
import { turnLine } from "./clients-text";
import { forgetRedisEvents, readRedisEvents, startDoorLoad, type DoorLoadDone } from "./door-load";
import { readJournal } from "./shop";
import { storeTurns } from "./store-turns";
import type { ClientsTurn } from "./turn-record";

/** So many failures in a row end a series: the pair needs a person. */
const GIVE_UP_AFTER = 2;
/** The load works for so long before the drill begins and after it has ended, milliseconds. */
const BESIDE_MS = 2000;

/** Switchovers with clients at the doors, one after the other. */
export interface TurnsPlan {
  readonly lab: DeclaredLab;
  readonly credentials: Credentials;
  readonly shopPassword: string;
  /** Transactions a second, at most, over both doors; `CLIENTS_RATE` when undefined. */
  readonly rate?: number | undefined;
  /** Names the series in its drill ids. */
  readonly name: string;
  /** Of the whole series, those before included. */
  readonly count: number;
  readonly stamp: string;
  readonly folder: string;
  readonly stop: AbortSignal;
  /** What an earlier command has measured of the same series. */
  readonly before: readonly ClientsTurn[];
}

/**
 * Runs them until there are as many as were asked for. Two that failed in a row end it.
 * @param save receives all of them after each one
 */
export async function runTurns(
  plan: TurnsPlan,
  progress: Progress,
  save: (turns: readonly ClientsTurn[]) => void,
): Promise<readonly ClientsTurn[]> {
  const turns = [...plan.before];
  let failures = 0;
  while (turns.length < plan.count && failures < GIVE_UP_AFTER && !plan.stop.aborted) {
    const one = await runTurn(plan, (turns.at(-1)?.turn ?? 0) + 1);
    turns.push(one);
    failures = one.swap.failure === null && one.notMeasured === null ? 0 : failures + 1;
    progress(`${plan.name} ${turns.length}/${plan.count}  ${turnLine(one)}`);
    save(turns);
  }
  return turns;
}

async function runTurn(plan: TurnsPlan, turn: number): Promise<ClientsTurn> {
  const { lab, credentials, shopPassword, rate = CLIENTS_RATE, stamp, folder } = plan;
  const { environment } = lab;
  const load = loadOfTurn(turn);
  const paceMs = machinePace();
  const series = `${plan.name}-${turn}`;
  // Begun is begun: whoever asks for an end waits for this one.
  const swapOnce = async (): Promise<SwapRecord> => {
    const asked = { name: series, count: 1, stamp, folder, stop: new AbortController().signal };
    const [record] = await runSeries(environment, asked, () => undefined);
    if (record === undefined) throw new Error("no switchover was run");
    return record;
  };
  const order = {
    environment,
    credentials,
    shopPassword,
    spec: load,
    rate,
    run: firstRunOf(turn),
    name: `bench-${stamp}-${series}`,
  };
  let running;
  try {
    running = await startDoorLoad(order);
  } catch (error) {
    const notMeasured = `no load: ${messageOf(error)}`;
    return { turn, load, rate, paceMs, stores: null, notMeasured, swap: await swapOnce() };
  }
  let swap: SwapRecord;
  try {
    await sleep(BESIDE_MS);
    swap = await swapOnce();
    await sleep(BESIDE_MS);
  } catch (error) {
    await running.abort();
    throw error;
  }
  try {
    const done = await running.finish();
    return { turn, load, rate, paceMs, notMeasured: null, stores: await seenOf(plan, swap, done), swap };
  } catch (error) {
    return { turn, load, rate, paceMs, stores: null, notMeasured: messageOf(error), swap };
  }
}

async function seenOf(
  { lab, credentials, folder }: TurnsPlan,
  swap: SwapRecord,
  done: DoorLoadDone,
): Promise<ClientsTurn["stores"]> {
  const { environment } = lab;
  const primary = swap.failure === null && swap.toHost !== null ? swap.toHost : await primaryOf(lab);
  const runs = done.pgbench.map(({ run }) => run);
  const read = await readExecuted(path.join(folder, `${swap.drillId}.env`), environment, 0);
  const [journal, redisEvents] = await Promise.all([
    readJournal(environment, primary, runs).catch(() => null),
    readRedisEvents({ environment, credentials }, primary, done),
  ]);
  await forgetRedisEvents({ environment, credentials }, primary).catch(() => undefined);
  const windows = keyed(STORE_NAMES, (store) =>
    read.document === null ? null : windowOf(read.document, store, done.originNs),
  );
  return storeTurns(done, windows, journal, redisEvents);
}
