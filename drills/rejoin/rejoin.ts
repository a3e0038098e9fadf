import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { slotName } from "../../settings/names";
import { viewFrom, type NamedHost, pairBackup } from "../../settings/pair";
import { STORE_NAMES, isStore } from "../../settings/services";
import { releaseAndRenewBackups } from "../services/backup/hold-backups";
import { pollUntil } from "../hosts/bounded";
import { readContainers } from "../hosts/containers";
import { takeDrillLock } from "../hosts/drill-lock";
import { connectEngine, type HostEngine } from "../hosts/engine";
import { openRedis, openSql } from "../hosts/sessions";
import { observePair } from "../hosts/observe";
import { ensureSlot, identify } from "../hosts/postgres";
import { identifyRedis } from "../hosts/redis";
import { messageOf, UserError } from "../../settings/user-error";
import { answeredDrill, refuseReturn } from "./preconditions";
import type { RejoinContext } from "./rejoin-context";
import type { PostgresReturn, RedisReturn, RejoinReport } from "./report";
import { returnPostgres } from "./return-postgres";
import { returnRedis } from "./return-redis";
import { guardStatus, startServices, stoppedServices } from "./start-containers";

/** What a return is asked to do. `phase` is told what happens, in words. */
export interface RejoinOptions {
  readonly environment: Environment;
  readonly credentials: Credentials;
  /** The host that comes back. */
  readonly host: string;
  readonly acceptOlderTimeline: boolean;
  /** The operator gives up what a user wrote here where it cannot be kept beside a clone; not unless said. */
  readonly giveUpWrites?: boolean;
  /** Refuse where anything of PostgreSQL diverged; not unless said. */
  readonly onlyUndiverged?: boolean;
  readonly phase: (words: string) => void;
}

const HEALTHY_MS = 90_000;

/**
 * Opens what a return needs, after it has made sure that it may be tried.
 * @throws UserError, exit code 3, when it must not; nothing was changed
 */
export async function withRejoin<T>(options: RejoinOptions, work: (context: RejoinContext) => Promise<T>): Promise<T> {
  const { environment, credentials } = options;
  const { self: host, peer } = hostsOf(options);
  const topology = await observePair([host, peer], environment, credentials);
  const refusal = refuseReturn(topology, host.name, peer.name);
  if (refusal) throw new UserError(refusal.why, refusal.next, 3);
  const engine = connectEngine(host);
  const primarySql = await openSql(peer, environment, credentials);
  try {
    const primaryRedis = await openRedis(peer, environment, credentials);
    const salvage = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}-rejoin`;
    const { acceptOlderTimeline, giveUpWrites = false, onlyUndiverged = false, phase } = options;
    try {
      return await work({
        ...{ environment, credentials, host, engine, peer, primarySql, primaryRedis },
        ...{ salvage, acceptOlderTimeline, giveUpWrites, onlyUndiverged, phase },
      });
    } finally {
      primaryRedis.close();
    }
  } finally {
    await primarySql.end().catch(() => undefined);
    engine.close();
  }
}

function hostsOf({ environment, host }: RejoinOptions): { self: NamedHost; peer: NamedHost } {
  let view;
  try {
    view = viewFrom(environment, host);
  } catch (error) {
    throw new UserError(messageOf(error), "understudy status", 2);
  }
  if (view.peer === undefined) {
    throw new UserError(
      `${host} is the environment's only host: there is no primary to come back to`,
      "add a second host to the environment file",
      3,
    );
  }
  return { self: view.self, peer: view.peer };
}

/**
 * Brings a host back as a standby of the other one: starts what was stopped, saves what diverged, lets both stores
 * follow. A failure is part of the report; run again, it goes on where it was.
 * @throws UserError, exit code 3, when it must not be tried
 */
export function runRejoin(options: RejoinOptions): Promise<RejoinReport> {
  return withRejoin(options, async (context) => {
    const { host, peer, primarySql } = context;
    await takeDrillLock({ host: peer, sql: primarySql });
    const peerEngine = connectEngine(peer);
    const { timeline } = await identify(primarySql);
    const drillId = await answeredDrill(peerEngine, peer.name, timeline).finally(() => peerEngine.close());
    const named = drillId === null ? context : { ...context, salvage: context.salvage.replace(/rejoin$/, drillId) };
    const startedAt = new Date().toISOString();
    const done: { timescaledb: PostgresReturn | null; redis: RedisReturn | null } = { timescaledb: null, redis: null };
    const report = (failure: RejoinReport["failure"]): RejoinReport => {
      const finishedAt = new Date().toISOString();
      const success = failure === null;
      return {
        ...{ version: 1, kind: "rejoin", environment: context.environment.name, host: host.name, primary: peer.name },
        ...{ drillId, startedAt, finishedAt, success, failure },
        unprotectedUntil: success && changed(done.timescaledb, done.redis) ? finishedAt : null,
        ...done,
      };
    };
    try {
      const before = await identifyRedis(context.primaryRedis);
      await wake(named, drillId);
      done.timescaledb = await returnPostgres(named);
      done.redis = await returnRedis(named, before);
      await untilHealthy(named);
      if (changed(done.timescaledb, done.redis)) await renewBackups(named);
      return report(null);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 3) throw error;
      const next = error instanceof UserError ? error.next : `understudy rejoin ${host.name} --execute`;
      return report({ reason: messageOf(error), next });
    }
  });
}

/** True when a store was not following all the time. */
export function changed(timescaledb: PostgresReturn | null, redis: RedisReturn | null): boolean {
  return [timescaledb, redis].some((one) => one !== null && one.how !== "already-following");
}

/** Starts what was stopped, once the primary keeps its WAL for this host, and waits until the guard has decided. */
async function wake(context: RejoinContext, drillId: string | null): Promise<void> {
  const { engine, host, primarySql, phase } = context;
  const stopped = await stoppedServices(engine, host.name);
  if (stopped.length > 0) {
    await ensureSlot(primarySql, slotName(host.name));
    phase(`${host.name}: starting ${stopped.join(", ")}`);
    await startServices(engine, stopped, drillId ?? "unknown");
  }
  phase(`${host.name}: ${await guardStatus(engine, "timescaledb")}`);
}

/** What was backed up before it was lost is of another time; a container that cannot be told so takes its turn anyway. */
async function renewBackups({ environment, phase }: RejoinContext): Promise<void> {
  if (pairBackup(environment) === undefined) return;
  const told = await releaseAndRenewBackups(environment).then(() => null, messageOf);
  phase(told === null ? "every backup of both hosts is taken anew" : `backups are taken when they are due: ${told}`);
}

/** A swap asks for healthy containers: their checks come round every few seconds. */
async function untilHealthy({ engine, host, environment }: RejoinContext): Promise<void> {
  const { reading, reached } = await pollUntil(
    () => readContainers({ host, engine }, environment, STORE_NAMES),
    (all) => all.every((one) => one.healthy),
    { deadlineMs: HEALTHY_MS, pauseMs: 500 },
  );
  if (reached) return;
  const sick = reading.filter((one) => !one.healthy).map((one) => `${one.service}: ${one.detail}`);
  throw new Error(`both stores of ${host.name} follow, but not every container is healthy: ${sick.join("; ")}`);
}

/** Whether both containers of the stores run: without them nothing more can be said of the data. */
export async function stoppedStores(engine: HostEngine, host: string): Promise<readonly string[]> {
  return (await stoppedServices(engine, host)).filter(isStore);
}
