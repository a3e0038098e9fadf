import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { containerName, slotName, volumeName } from "../../settings/names";
import { LAB_HOSTS, type LabHost } from "../host/layout";
import { LabError, run } from "../host/run";
import { waitUntil } from "../host/wait";
import type { Fault } from "./fault";
import { markedProcesses, signalProcesses } from "./host-processes";

function endMarked(host: LabHost, mark: string): void {
  signalProcesses(markedProcesses(host, mark), "SIGKILL");
}

const PSQL = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "understudy", "-Atq"] as const;
/** Longest that a query of the lab's own may take; also the bound of a checkpoint, see `slotFull`. */
const QUERY_MS = 20_000;

function inDatabase(host: LabHost, words: readonly string[], ...flags: readonly string[]): Promise<string> {
  const given = [...flags, "-u", "postgres", containerName("timescaledb"), ...words];
  return run("docker", ["-H", `unix://${host.socket}`, "exec", ...given], { timeoutMs: QUERY_MS });
}

/** One query after the other, each a transaction of its own. @throws LabError when one fails or takes longer than 20 s */
function query(host: LabHost, ...sql: readonly string[]): Promise<string> {
  return inDatabase(host, [...PSQL, ...sql.flatMap((one) => ["-c", one])]);
}

/**
 * Begins `script`, with `$PSQL` for a client and `$KEEP` for what keeps its input open: a server process ends when its client
 * does only where it waits for it. All of them have the mark on their command lines, the script's shell too.
 */
async function begin(host: LabHost, mark: string, script: string): Promise<void> {
  const psql = `PSQL=${[...PSQL, "-v", `mark=${mark}`].join(" ")}`;
  const words = ["-d", "-e", psql, "-e", `KEEP=tail -f /dev/null /tmp/${mark}`];
  await inDatabase(host, ["sh", "-c", script, mark], ...words);
}

function peerOf(host: LabHost): LabHost {
  const peer = LAB_HOSTS.find((one) => one !== host);
  if (peer === undefined) throw new LabError("the lab has one host; next: understudy lab status");
  return peer;
}

/** A fault that sessions of a user make: `script` runs until it is healed. */
function sessions(name: string, sentence: string, atLeast: number, script: string): Fault {
  const mark = `understudy-fault-${name}`;
  return {
    name,
    sentence,
    scope: "host",
    lasts: true,
    strike: async (host) => {
      await begin(host, mark, script);
      if (await waitUntil(() => markedProcesses(host, mark).length >= atLeast, 20_000, 100)) return;
      throw new LabError(`${name} did not begin on ${host.name}; next: understudy lab status`);
    },
    heal: async (host) => {
      await waitUntil(
        () => {
          endMarked(host, mark);
          return markedProcesses(host, mark).length === 0;
        },
        5_000,
        100,
      );
    },
    isOn: (host) => Promise.resolve(markedProcesses(host, mark).length > 0),
  };
}

const crowd = sessions(
  "connections-used-up",
  "PostgreSQL's connections are used up, those kept for the superuser too: whoever comes is turned away",
  50,
  `n=0; while [ "$n" -lt 120 ]; do $KEEP 2>/dev/null | $PSQL & n=$((n + 1)); done; wait`,
);

/** More sessions than the server takes, a superuser's own among them. */
export const connectionsUsedUp: Fault = {
  ...crowd,
  strike: async (host) => {
    await crowd.strike(host);
    if (await waitUntil(() => isRefused(host, "select"), 20_000, 200)) return;
    throw new LabError(`${host.name} still takes connections; next: understudy lab heal`);
  },
};

function isRefused(host: LabHost, sql: string): Promise<boolean> {
  return query(host, sql).then(
    () => false,
    () => true,
  );
}

/** The server process waits for a program, and both get the signals of a terminate and of a fast shutdown: neither heeds them. */
export const stuckBackend = sessions(
  "stuck-backend",
  "a session of a user writes to a program that does not end: it hears neither a terminate nor a fast shutdown",
  2,
  `exec $PSQL -c "copy (select 1) to program 'trap \\"\\" TERM INT; exec $KEEP'"`,
);

const READ_TABLE = "understudy_fault_replay";

const READS = `select count(*) from pg_locks where relation = '${READ_TABLE}'::regclass and pid <> pg_backend_pid()`;

const reader = sessions(
  "replay-blocked",
  "a user's query on the standby has read a table that the primary then drops: replay waits for it, without a limit",
  3,
  `{ echo "begin isolation level repeatable read; select from ${READ_TABLE};"; exec $KEEP 2>/dev/null; } | $PSQL`,
);

/** How long replay waits for a query: with the default of 30 s a drill on a busy machine would come too late to meet the fault. */
const REPLAY_LIMIT = "max_standby_streaming_delay";

function replayHasNoLimit(host: LabHost): boolean {
  const file = path.join(host.dataRoot, "volumes", volumeName("timescaledb"), "_data/pgdata/postgresql.auto.conf");
  return existsSync(file) && readFileSync(file, "utf8").includes(REPLAY_LIMIT);
}

/** A query on a standby, and a lock of the primary that cannot be replayed while it runs. */
export const replayBlocked: Fault = {
  ...reader,
  isOn: async (host) => (await reader.isOn(host)) || replayHasNoLimit(host),
  heal: async (host) => {
    await reader.heal(host);
    if (replayHasNoLimit(host)) await query(host, `alter system reset ${REPLAY_LIMIT}`, "select pg_reload_conf()");
  },
  strike: async (host) => {
    const primary = peerOf(host);
    await query(host, `alter system set ${REPLAY_LIMIT} = -1`, "select pg_reload_conf()");
    await query(primary, `create table if not exists ${READ_TABLE} ()`);
    await waitUntil(async () => !(await isRefused(host, `select from ${READ_TABLE}`)), 10_000, 200);
    await reader.strike(host);
    // It has the lock once its transaction has read.
    await waitUntil(async () => (await query(host, READS)).trim() === "1", 10_000, 200);
    await query(primary, `drop table ${READ_TABLE}`);
  },
};

const LOAD_TABLE = "understudy_fault_load";
const LIMITS = ["max_slot_wal_keep_size", "max_wal_size", "wal_keep_size"] as const;
const LIMIT_MIB = 32;
const FULL_MS = 120_000;

const writer = sessions(
  "slot-full",
  "a user writes more than the slot of a standby that is cut off may keep, and writes on: the slot is lost",
  2,
  `while sleep 0.3; do $PSQL -c "insert into ${LOAD_TABLE} select n, repeat('x', 200) from generate_series(1, 20000) n"; done`,
);

/** Whether the slot of the other host has been taken away. Each look is a checkpoint too, which must end within 20 s. */
async function slotIsLost(host: LabHost): Promise<boolean> {
  const slot = slotName(peerOf(host).name);
  const status = `select wal_status from pg_replication_slots where slot_name = '${slot}'`;
  return (await query(host, "checkpoint", status)).trim() === "lost";
}

/** The line to the standby is cut before; the walsender then waits in its socket, and no checkpoint may wait for it. */
export const slotFull: Fault = {
  ...writer,
  strike: async (host) => {
    await query(host, `create table if not exists ${LOAD_TABLE} (number int, padding text)`);
    await query(host, ...LIMITS.map((one) => `alter system set ${one} = '${LIMIT_MIB}MB'`), "select pg_reload_conf()");
    await writer.strike(host);
    if (await waitUntil(() => slotIsLost(host), FULL_MS, 500)) return;
    throw new LabError(`the slot on ${host.name} was not lost; next: understudy lab heal`);
  },
  heal: async (host) => {
    await writer.heal(host);
    await query(host, ...LIMITS.map((one) => `alter system reset ${one}`), "select pg_reload_conf()");
    await query(host, `drop table if exists ${LOAD_TABLE}`);
  },
};
