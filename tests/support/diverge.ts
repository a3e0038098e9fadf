import { setTimeout as sleep } from "node:timers/promises";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { identify, walPositions, type PostgresSession } from "../../drills/hosts/postgres";
import type { RedisSession } from "../../drills/hosts/redis";
import { formatLsn, parseLsn } from "../../evidence/lsn";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { containerName, EVENTS_STREAM, EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { STORE_NAMES } from "../../settings/services";
import { labCredentials, labEnvironment } from "./lab-stacks";
import { openDefaultRedis } from "./default-redis";
import { openSuperuser } from "./superuser";

const quiet = (): void => undefined;
const WITHIN = { deadlineMs: 60_000, pauseMs: 100 };

/** Open superuser sessions to both stores of one host, for as long as `use` takes. */
export async function onHost<T>(
  host: string,
  use: (sql: PostgresSession, redis: RedisSession) => Promise<T>,
): Promise<T> {
  const environment = labEnvironment();
  const { self } = viewFrom(environment, host);
  const credentials = await labCredentials();
  const sql = await openSuperuser(self);
  const redis = await openDefaultRedis(self, environment, credentials);
  try {
    return await use(sql, redis);
  } finally {
    await sql.end().catch(quiet);
    redis.close();
  }
}

/** Does so to both stores' containers of a host; one that is so already is left alone. */
export async function toStores(host: string, verb: "kill" | "stop" | "start"): Promise<void> {
  const engine = connectEngine(viewFrom(labEnvironment(), host).self);
  try {
    await Promise.all(
      STORE_NAMES.map(async (store) => {
        const container = engine.docker.getContainer(containerName(store));
        const done: Promise<unknown> =
          verb === "kill" ? container.kill() : verb === "stop" ? container.stop() : container.start();
        await done.catch(quiet);
      }),
    );
  } finally {
    engine.close();
  }
}

async function writeEvents(host: string, run: string, first: number, last: number): Promise<void> {
  await onHost(host, async (sql, redis) => {
    await sql.query(`insert into ${EVENTS_TABLE} (run, seq) select $1, generate_series($2::int, $3::int)`, [
      ...[run, first, last],
    ]);
    for (let seq = first; seq <= last; seq += 1) {
      await redis.command("XADD", EVENTS_STREAM, "*", "run", run, "seq", String(seq));
    }
  });
}

/** Waits until the standby has replayed all that its primary has written. */
async function caughtUp(from: string, to: string): Promise<void> {
  await onHost(from, (primary, redis) =>
    onHost(to, async (standby, replica) => {
      const { rows } = await primary.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
      const end = parseLsn(rows[0]?.lsn ?? "");
      const length = Number(await redis.command("XLEN", EVENTS_STREAM));
      const { reached } = await pollUntil(
        async () => {
          const { replayed } = await walPositions(standby);
          return (replayed ?? 0n) >= end && Number(await replica.command("XLEN", EVENTS_STREAM)) === length;
        },
        Boolean,
        WITHIN,
      );
      if (!reached) throw new Error(`${to} has not replayed ${formatLsn(end)}`);
    }),
  );
}

/** Promotes both stores of a host by hand, as nobody should. */
async function promote(host: string): Promise<void> {
  await onHost(host, async (sql, redis) => {
    await sql.query("select pg_promote()");
    await redis.command("REPLICAOF", "NO", "ONE");
    await redis.command("CONFIG", "REWRITE");
    await pollUntil(
      () => identify(sql),
      ({ inRecovery }) => !inRecovery,
      WITHIN,
    );
  });
}

/**
 * Makes `from` a former primary: events 1 to 5 of `run` on both hosts, then `lost` more that only `from` has, then its
 * stores are killed and `to` is promoted, where the run goes on with event 1001. Everything is healed afterwards.
 * @param also what else is written on `from` alone
 */
export async function diverge(
  from: string,
  to: string,
  run: string,
  lost: number,
  also: (sql: PostgresSession) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await writeEvents(from, run, 1, 5);
  await caughtUp(from, to);
  if (lost > 0) {
    await strikeFault("cut-hosts", undefined, quiet);
    await writeEvents(from, run, 6, 5 + lost);
    await onHost(from, async (sql, redis) => {
      await also(sql);
      await redis.command("SET", `only-there:${run}`, "1");
    });
    // The append-only file is synced once a second.
    await sleep(1500);
  }
  await toStores(from, "kill");
  await promote(to);
  await writeEvents(to, run, 1001, 1001);
  await labHeal(quiet);
}
