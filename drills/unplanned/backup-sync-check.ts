import type { StepOf } from "../engine/drill-run";
import type { Check } from "../../evidence/document";
import { formatLsn, lsnDistance, parseLsn } from "../../evidence/lsn";
import { oneRow, walPositions } from "../hosts/postgres";
import { parseInfo } from "../hosts/redis";
import type { UnplannedRun } from "./unplanned-run";

/** Reads what the standby has, and what it last knew of the primary: the bound of what may be lost. Changes nothing. */
export const backupSyncCheck: StepOf<UnplannedRun> = async (run, recorder) => {
  recorder.require(await readStandby(run), "understudy status");
  return undefined;
};

/** Notes what the standby has in the facts, and checks that it can be promoted. */
export async function readStandby({ to, facts }: Pick<UnplannedRun, "to" | "facts">): Promise<Check[]> {
  const { received, replayed } = await walPositions(to.sql);
  const { paused } = await oneRow<{ paused: boolean }>(to.sql, "select pg_is_wal_replay_paused() as paused");
  const heard = await lastHeard(to);
  facts.postgres.receivedLsn = received === null ? null : formatLsn(received);
  facts.postgres.replayedLsn = replayed === null ? null : formatLsn(replayed);
  const info = parseInfo(String(await to.redis.command("INFO", "replication")));
  const offset = Number(info.get("slave_repl_offset") ?? Number.NaN);
  facts.redis.replicationId = info.get("master_replid") ?? null;
  facts.redis.replicaOffset = Number.isSafeInteger(offset) ? offset : null;
  if (facts.unplanned) {
    facts.unplanned.lossBound = {
      timescaledb: {
        ...heard,
        receivedLsn: facts.postgres.receivedLsn,
        bytes:
          heard.primaryLsn === null || received === null
            ? null
            : Math.max(0, Number(lsnDistance(received, parseLsn(heard.primaryLsn)))),
      },
      redis: { receivedOffset: facts.redis.replicaOffset, secondsSilent: silence(info) },
    };
  }
  return [
    {
      name: "timescaledb has received WAL",
      host: to.host.name,
      measured: facts.postgres.receivedLsn,
      limit: "a position",
      ok: received !== null,
    },
    { name: "timescaledb replay paused", host: to.host.name, measured: paused, limit: false, ok: !paused },
    {
      name: "redis replication offset",
      host: to.host.name,
      measured: facts.redis.replicaOffset,
      limit: "an offset",
      ok: facts.redis.replicaOffset !== null && facts.redis.replicaOffset >= 0,
    },
  ];
}

/** What the primary last told the standby; nothing once its receiver has ended. */
async function lastHeard(to: UnplannedRun["to"]): Promise<{ primaryLsn: string | null; heardAt: string | null }> {
  const { rows } = await to.sql.query<{ lsn: string | null; at: Date | null }>(
    "select latest_end_lsn::text as lsn, latest_end_time as at from pg_stat_wal_receiver",
  );
  return { primaryLsn: rows[0]?.lsn ?? null, heardAt: rows[0]?.at?.toISOString() ?? null };
}

/** Seconds since Redis last heard of its primary; null while it cannot say. */
export function silence(info: ReadonlyMap<string, string>): number | null {
  const up = info.get("master_link_status") === "up";
  const seconds = Number(info.get(up ? "master_last_io_seconds_ago" : "master_link_down_since_seconds") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
