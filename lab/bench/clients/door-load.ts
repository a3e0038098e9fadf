import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startLoad, type RunningLoad } from "../../../drills/clients/client-load";
import type { RedisAddress, RedisLogin } from "../../../drills/probe/options";
import { connectProbe } from "../../../drills/probe/redis-connection";
import { readBackRedis } from "../../../drills/probe/redis-read-back";
import type { ClientLoad } from "../../../evidence/client-loads";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { DATABASE, EVENTS_STREAM } from "../../../settings/names";
import { DEFAULT_REDIS_USER } from "../../../settings/own-redis-users";
import { namedHosts, viewFrom } from "../../../settings/pair";
import { LabError } from "../../host/run";
import { SHOP, TRANSACTION, type ClientLoadSpec } from "./client-loads";
import { answeredNumbers, countNumbers, type CountedEvents } from "./count-events";
import { startPgbench, type PgbenchDone, type RunningPgbench } from "./pgbench";

/** The load of Redis, as many clients as worked when the same was done by hand: so many at each door, one write each in this time. */
const REDIS_CLIENTS = 2;
const REDIS_INTERVAL_MS = 20;
const LONGEST_MS = 1_800_000;
/** Redis' clock may be behind this one by so much. */
const CLOCK_SLACK_MS = 5000;

/** What a load is started with. */
export interface DoorLoadOrder {
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly shopPassword: string;
  readonly spec: ClientLoadSpec;
  /** Transactions a second, at most, over both doors. */
  readonly rate: number;
  /** Names its rows: each door has a number of its own from here on. */
  readonly run: number;
  /** Names its entries in Redis' journal. */
  readonly name: string;
}

/** What a load saw, before anybody looked into the stores. */
export interface DoorLoadDone {
  readonly pgbench: readonly (PgbenchDone & { readonly run: number })[];
  readonly redis: readonly (ClientLoad & { readonly run: string })[];
  /** Its zero on this machine's monotonic clock. */
  readonly originNs: string;
  /** When it began, epoch milliseconds. */
  readonly beganMs: number;
}

/** A load at both doors. */
export interface RunningDoorLoad {
  /** @throws Error when one of its programs gave no record */
  finish(): Promise<DoorLoadDone>;
  abort(): Promise<void>;
}

/**
 * Starts pgbench and redis-py at the doors of both hosts, and waits until all of their clients are answered.
 * @throws LabError or UserError when one does not work
 */
export async function startDoorLoad(order: DoorLoadOrder): Promise<RunningDoorLoad> {
  const { environment, credentials, shopPassword, spec, rate, run, name } = order;
  const tls = credentials.clients?.understudy_probe;
  if (tls === undefined)
    throw new LabError("the stacks have no certificates, and doors need them; next: understudy certificates --execute");
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-clients-"));
  const [script, caFile] = [path.join(folder, "transaction.sql"), path.join(folder, "ca.pem")];
  const [originNs, beganMs] = [process.hrtime.bigint().toString(), Date.now()];
  const { door_postgres, door_redis } = environment.ports;
  const hosts = namedHosts(environment);
  const pgbench: { readonly run: number; readonly running: RunningPgbench }[] = [];
  const redis: { readonly run: string; readonly running: RunningLoad }[] = [];
  const abort = async (): Promise<void> => {
    for (const one of pgbench) one.running.abort();
    await Promise.allSettled(redis.map(({ running }) => running.abort()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([writeFile(script, TRANSACTION), writeFile(caFile, tls.ca)]);
    const started = await Promise.allSettled(
      hosts.flatMap(({ name: host, address }, at) => [
        startPgbench({
          ...{ host: address, port: door_postgres, user: SHOP, password: shopPassword, database: DATABASE, caFile },
          ...{ protocol: spec.protocol, clients: spec.clients / hosts.length, rate: rate / hosts.length },
          ...{ run: run + at, script, folder, originEpochMs: beganMs },
        }).then((running) => void pgbench.push({ run: run + at, running })),
        startLoad({
          ...{ driver: "redis-py", run: `${name}/${host}`, route: "door", tls, resend: true, originNs },
          ...{
            user: DEFAULT_REDIS_USER,
            password: credentials.redis,
            addresses: [{ host: address, port: door_redis }],
          },
          ...{ clients: REDIS_CLIENTS, intervalMs: REDIS_INTERVAL_MS, maxDurationMs: LONGEST_MS },
        }).then((one) => {
          if ("reason" in one) throw new LabError(`${one.driver}: ${one.reason}; next: understudy lab status`);
          redis.push({ run: `${name}/${host}`, running: one });
        }),
      ]),
    );
    // Whoever started later than another one failed is ended with the others.
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    await Promise.all(redis.map(({ running }) => running.ready));
  } catch (error) {
    await abort();
    throw error;
  }
  return {
    abort,
    finish: async () => {
      try {
        const [ofPgbench, ofRedis] = await Promise.all([
          Promise.all(pgbench.map(async (one) => ({ ...(await one.running.finish()), run: one.run }))),
          Promise.all(redis.map(async (one) => ({ ...(await one.running.finish()), run: one.run }))),
        ]);
        return { pgbench: ofPgbench, redis: ofRedis, originNs, beganMs };
      } finally {
        await abort();
      }
    },
  };
}

type Reached = Pick<DoorLoadOrder, "environment" | "credentials">;

/** How the bench reaches Redis of a host itself, past the doors. */
function redisOf({ environment, credentials }: Reached, host: string): readonly [RedisAddress, RedisLogin] {
  const { address } = viewFrom(environment, host).self;
  const { redis, clients } = credentials;
  return [
    { host: address, port: environment.ports.redis_tls, tls: true },
    { redis, redisUser: DEFAULT_REDIS_USER, redisTls: clients?.understudy_probe },
  ];
}

/** What Redis has of each run's events; null where it could not be read. @param primary the host that is it now */
export async function readRedisEvents(
  reached: Reached,
  primary: string,
  { redis, beganMs }: DoorLoadDone,
): Promise<readonly CountedEvents[]> {
  const [at, login] = redisOf(reached, primary);
  return Promise.all(
    redis.map(async ({ run, samples }) => {
      const found = await readBackRedis(at, login, { run, sinceMs: beganMs - CLOCK_SLACK_MS }).catch(() => null);
      return countNumbers(answeredNumbers(samples), found);
    }),
  );
}

/**
 * Takes out of Redis' journal what the load of a turn has left in it, so that the next drill has no more to compare than the
 * one before. @throws Error when the primary does not answer
 */
export async function forgetRedisEvents(reached: Reached, primary: string): Promise<void> {
  const client = await connectProbe(...redisOf(reached, primary), () => undefined);
  try {
    await client.sendCommand(["XTRIM", EVENTS_STREAM, "MINID", String(Date.now() - CLOCK_SLACK_MS)]);
  } finally {
    client.destroy();
  }
}
