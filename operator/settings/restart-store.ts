import { bounded, pollUntil } from "../../drills/hosts/bounded";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { readRedisRole } from "../../drills/hosts/server-settings/redis-settings";
import { containerName } from "../../settings/names";
import type { NamedHost, Role } from "../../settings/pair";
import { SERVICES, type StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";

const ENGINE_MS = 60_000;
/** A standby begins from its last restart point; a primary asks its peer first. */
const SERVES = { deadlineMs: 180_000, pauseMs: 250 };

/**
 * Starts a store's container anew, in place, and waits until it plays its role again: a standby follows, a primary takes
 * writes.
 * @returns how long it did not, milliseconds
 * @throws Error when it does not in time
 */
export async function restartStore(host: NamedHost, store: StoreName, role: Role): Promise<number> {
  const engine = connectEngine(host);
  try {
    const began = performance.now();
    const seconds = SERVICES[store].stop.seconds;
    const restart = engine.docker.getContainer(containerName(store)).restart({ t: seconds });
    await bounded(`${host.name}: restart of ${store}`, ENGINE_MS + seconds * 1000, restart);
    const { reading, reached } = await pollUntil(
      () => playsRole(engine, host.name, store, role),
      (words) => words === undefined,
      SERVES,
    );
    if (!reached) throw new Error(`${store} on ${host.name} is not a ${role} again: ${reading ?? "it does not say"}`);
    return performance.now() - began;
  } finally {
    engine.close();
  }
}

/** Why it does not; undefined when it does. */
async function playsRole(engine: HostEngine, host: string, store: StoreName, role: Role): Promise<string | undefined> {
  try {
    return store === "timescaledb" ? await postgresPlays(engine, host, role) : await redisPlays(engine, role);
  } catch (error) {
    return messageOf(error);
  }
}

async function postgresPlays({ docker }: HostEngine, host: string, role: Role): Promise<string | undefined> {
  const server = localServer(docker, host);
  try {
    const sql = await bounded(`${host}: PostgreSQL`, 10_000, server.open());
    const { rows } = await sql.query<{ standby: boolean; linked: boolean | null }>(
      "select pg_is_in_recovery() as standby, (select status = 'streaming' from pg_stat_wal_receiver) as linked",
    );
    if (rows[0]?.standby !== (role === "standby")) return "it plays the other role";
    return role === "standby" && rows[0].linked !== true ? "it does not follow yet" : undefined;
  } finally {
    server.close();
  }
}

async function redisPlays({ docker }: HostEngine, role: Role): Promise<string | undefined> {
  const read = await readRedisRole(docker);
  if (read === undefined) return "it does not answer yet";
  if (read.standby !== (role === "standby")) return "it plays the other role";
  return read.standby && !read.linked ? "it does not follow yet" : undefined;
}

/**
 * Waits until the standby has what the primary wrote at its start, such as that it may have less of something from now on,
 * and begins its next start behind that.
 * @throws Error when it does not in time
 */
export async function untilReplayed(primary: NamedHost, standby: NamedHost): Promise<void> {
  const [from, to] = [connectEngine(primary), connectEngine(standby)];
  const [there, here] = [localServer(from.docker, primary.name), localServer(to.docker, standby.name)];
  try {
    const sql = await there.open();
    await sql.query("checkpoint");
    const { rows } = await sql.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
    const follower = await here.open();
    const { reached } = await pollUntil(
      async () =>
        (
          await follower.query<{ there: boolean }>("select pg_last_wal_replay_lsn() >= $1::pg_lsn as there", [
            rows[0]?.lsn ?? "",
          ])
        ).rows[0]?.there,
      (yes) => yes === true,
      SERVES,
    );
    if (!reached) throw new Error(`${standby.name} has not replayed what ${primary.name} wrote at its start`);
    await follower.query("checkpoint");
  } finally {
    for (const one of [there, here]) one.close();
    for (const one of [from, to]) one.close();
  }
}
