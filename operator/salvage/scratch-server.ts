import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { bounded } from "../../drills/hosts/bounded";
import type { HostEngine } from "../../drills/hosts/engine";
import { OWN_PSQL } from "../../drills/hosts/postgres-session";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { containerName, SUPERUSER, volumeName } from "../../settings/names";
import { SERVICES, STORE_NAMES, type StoreName } from "../../settings/services";
import { messageOf, UserError } from "../../settings/user-error";
import type { Salvage } from "./list-salvages";

const ENGINE_MS = 60_000;
/** Crash recovery of a busy server, or a large file of Redis. */
const READY_MS = 1_800_000;
const LABEL = "understudy.salvage";
/** Where both servers listen, in their containers. */
const SOCKET = { timescaledb: "/tmp", redis: "/tmp/redis.sock" } as const;

/**
 * PostgreSQL recovers from the folder's own WAL, as after a crash: that changes the folder, and none of its rows. What
 * a standby was is read as a standby. Settings that recovery insists on are those the folder was last used with.
 */
const POSTGRES = `set -e
data=$1
control() { LC_ALL=C pg_controldata -D "$data" | sed -n "s/^$1 setting: *//p"; }
rm -f "$data/postmaster.pid"
printf 'local all all trust\\n' >/tmp/hba.conf
set -- postgres -D "$data" -c listen_addresses= -c unix_socket_directories=/tmp -c hba_file=/tmp/hba.conf \\
  -c default_transaction_read_only=on -c autovacuum=off -c archive_mode=off -c restore_command= -c primary_conninfo= \\
  -c primary_slot_name= -c recovery_target_timeline=current -c wal_keep_size=1000000 -c logging_collector=off \\
  -c "max_connections=$(control max_connections)" -c "max_wal_senders=$(control max_wal_senders)" \\
  -c "max_prepared_transactions=$(control max_prepared_xacts)" -c "max_locks_per_transaction=$(control max_locks_per_xact)"
if [ -f "$data/standby.signal" ]; then
  set -- "$@" -c "max_worker_processes=$(control max_worker_processes)"
else
  set -- "$@" -c max_worker_processes=0
fi
share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql
preload=
[ ! -f "$share/extension/timescaledb.control" ] || preload=timescaledb
exec "$@" -c "shared_preload_libraries=$preload"`;

/** Redis may cut a torn end off its file, so it works on a copy. */
const REDIS = `set -e
cp -r "$1" /tmp/data
aof=no; [ ! -d /tmp/data/appendonlydir ] || aof=yes
exec redis-server --port 0 --unixsocket ${SOCKET.redis} --dir /tmp/data --save '' --appendonly "$aof" --appendfsync no \\
  --auto-aof-rewrite-percentage 0`;

/** The container in which a salvage of `store` is read. */
export function scratchName(store: StoreName): string {
  return `understudy-salvage-${store}`;
}

/** Which salvages of a host are open, by store. */
export async function openSalvages({ docker }: HostEngine): Promise<Partial<Record<StoreName, string>>> {
  const open: Partial<Record<StoreName, string>> = {};
  for (const store of STORE_NAMES) {
    const inspected = docker.getContainer(scratchName(store)).inspect();
    try {
      open[store] = (await bounded("Docker engine", ENGINE_MS, inspected)).Config.Labels[LABEL] ?? "unknown";
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    }
  }
  return open;
}

/**
 * Starts a server on a salvage, in a container of its own without a network, and waits until it answers.
 * Returns the databases that can be read; for Redis those with keys, as it names them.
 * @throws UserError when it cannot be started; then nothing is left running
 */
export async function startScratch(engine: HostEngine, { store, name, data }: Salvage): Promise<readonly string[]> {
  const { docker } = engine;
  if (data === null) {
    throw new UserError(
      `salvage ${name} holds no data folder: there is nothing to start a server on`,
      "understudy salvage list HOST",
      3,
    );
  }
  const like = await bounded("Docker engine", ENGINE_MS, docker.getContainer(containerName(store)).inspect());
  const root = path.posix.dirname(SERVICES[store].guardFolder);
  const postgres = store === "timescaledb";
  const container = await docker.createContainer({
    name: scratchName(store),
    Image: like.Image,
    User: like.Config.User,
    Labels: { [LABEL]: name },
    StopSignal: "SIGINT",
    Entrypoint: ["/bin/sh", "-c", postgres ? POSTGRES : REDIS, "sh"],
    Cmd: [data],
    HostConfig: {
      NetworkMode: "none",
      Binds: [`${volumeName(store)}:${root}${postgres ? "" : ":ro"}`],
      Memory: like.HostConfig.Memory ?? 0,
      MemorySwap: like.HostConfig.Memory ?? 0,
      ShmSize: like.HostConfig.ShmSize ?? 0,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
    },
  });
  try {
    await bounded("start of the scratch server", ENGINE_MS, container.start());
    return await ready(engine, store);
  } catch (error) {
    await closeScratch(engine, store);
    throw error;
  }
}

const ASK: Readonly<Record<StoreName, readonly string[]>> = {
  timescaledb: [
    ...OWN_PSQL,
    "-Atq",
    "-h",
    SOCKET.timescaledb,
    "-U",
    SUPERUSER,
    "-d",
    "template1",
    "-c",
    "select datname from pg_database where datallowconn and not datistemplate order by 1",
  ],
  redis: [
    "sh",
    "-c",
    `redis-cli -s ${SOCKET.redis} --raw info keyspace | tr -d '\\r' | sed -n 's/^\\(db[0-9]*\\):.*/\\1/p'; redis-cli -s ${SOCKET.redis} dbsize | grep -q '^[0-9]'`,
  ],
};

async function ready({ docker }: HostEngine, store: StoreName): Promise<readonly string[]> {
  const end = performance.now() + READY_MS;
  for (;;) {
    try {
      const said = await runInContainer(docker, scratchName(store), ASK[store]);
      return said.split("\n").filter(Boolean);
    } catch (error) {
      const { State: state } = await docker.getContainer(scratchName(store)).inspect();
      if (!state.Running || performance.now() >= end) {
        const logs = await docker.getContainer(scratchName(store)).logs({ stdout: true, stderr: true, tail: 5 });
        throw new UserError(
          `the scratch server does not start on this salvage: ${messageOf(error)}: ${logs.toString("utf8").replaceAll(/[^\x20-\x7e]+/g, " ")}`,
          "understudy salvage list HOST",
        );
      }
    }
    await sleep(500);
  }
}

/** Stops the scratch server of a store and removes its container; the salvage stays. False when there was none. */
export async function closeScratch({ docker }: HostEngine, store: StoreName): Promise<boolean> {
  const container = docker.getContainer(scratchName(store));
  try {
    await bounded("stop of the scratch server", 90_000, container.stop({ t: 60 })).catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 304) throw error;
    });
    await bounded("Docker engine", ENGINE_MS, container.remove({ force: true, v: true }));
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}
