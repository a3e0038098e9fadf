import { readFileSync } from "node:fs";
import { containerName } from "../../settings/names";
import { hostPids } from "../host/cgroup";
import { LAB_HOSTS, type LabHost } from "../host/layout";
import { LabError, run } from "../host/run";
import { waitUntil } from "../host/wait";
import type { Fault } from "./fault";

/** Longer than any cell of the matrix; `heal` ends it before. */
const HELD_SECONDS = 3600;

/** Processes of the host whose command line holds `mark`: what the fault itself started, in the container and on the host. */
function markedPids(host: LabHost, mark: string): readonly number[] {
  return hostPids(host).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false;
    }
  });
}

function endMarked(host: LabHost, mark: string): void {
  for (const pid of markedPids(host, mark)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      continue;
    }
  }
}

/** Runs `script` in the database's container, with `$MARK` for the command lines that it starts, and `$PSQL` for a query. */
async function inDatabase(host: LabHost, mark: string, script: string, ...flags: readonly string[]): Promise<void> {
  const psql = "psql -h /var/run/postgresql -U postgres -d understudy -Atqc";
  const given = [...flags, "-e", `MARK=${mark}`, "-e", `PSQL=${psql}`, "-u", "postgres", containerName("timescaledb")];
  await run("docker", ["-H", `unix://${host.socket}`, "exec", ...given, "sh", "-c", script], { timeoutMs: 30_000 });
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
      await inDatabase(host, mark, script, "-d");
      if (await waitUntil(() => markedPids(host, mark).length >= atLeast, 20_000, 100)) return;
      throw new LabError(`${name} did not begin on ${host.name}; next: understudy lab status`);
    },
    heal: async (host) => {
      await waitUntil(
        () => {
          endMarked(host, mark);
          return markedPids(host, mark).length === 0;
        },
        5_000,
        100,
      );
    },
    isOn: (host) => Promise.resolve(markedPids(host, mark).length > 0),
  };
}

/** More sessions than the server takes, a superuser's own among them. */
export const connectionsUsedUp = sessions(
  "connections-used-up",
  "PostgreSQL's connections are used up, those kept for the superuser too: whoever comes is turned away",
  50,
  `n=0; while [ "$n" -lt 120 ]; do $PSQL "select pg_sleep(${HELD_SECONDS}) /* $MARK */" & n=$((n + 1)); done; wait`,
);

/** The server process waits for a program and hears no signal: neither a terminate nor a fast shutdown ends it. */
export const stuckBackend = sessions(
  "stuck-backend",
  "a session of a user writes to a program that does not end: it hears neither a terminate nor a fast shutdown",
  2,
  `exec $PSQL "copy (select 1) to program 'exec tail -f /dev/null /tmp/$MARK'"`,
);

const READ_TABLE = "understudy_fault_replay";

const reader = sessions(
  "replay-blocked",
  "a user's query on the standby has read a table that the primary then drops: replay waits for it, 30 s by default",
  1,
  `exec $PSQL "begin isolation level repeatable read; select from ${READ_TABLE}; select pg_sleep(${HELD_SECONDS}) /* $MARK */"`,
);

/** A query on a standby, and a lock of the primary that cannot be replayed while it runs. */
export const replayBlocked: Fault = {
  ...reader,
  strike: async (host) => {
    const primary = LAB_HOSTS.find((one) => one !== host);
    if (primary === undefined) throw new LabError("the lab has one host; next: understudy lab status");
    const onPrimary = (sql: string): Promise<void> => inDatabase(primary, "", `$PSQL "${sql}"`);
    await onPrimary(`create table if not exists ${READ_TABLE} ()`);
    await waitUntil(
      () =>
        inDatabase(host, "", `$PSQL "select from ${READ_TABLE}"`).then(
          () => true,
          () => false,
        ),
      10_000,
      200,
    );
    await reader.strike(host);
    await onPrimary(`drop table ${READ_TABLE}`);
  },
};
