import type { Failure, FollowingEvidence, StoreFollowing } from "../../evidence/document";
import type { DrillRequest } from "../../evidence/drill-request";
import type { Environment } from "../../settings/environment";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import type { AdoptedProbe } from "../probe/adopt";
import type { ProbeHandle } from "../probe/probe";
import type { DrillClock } from "../hosts/clock";
import { readFollowRecord } from "../hosts/follow-record";
import { oneRow } from "../hosts/postgres";
import { parseInfo } from "../hosts/redis";
import type { HostSessions } from "../hosts/sessions";
import { silence } from "./backup-sync-check";
import { judgeFollowing, staleWords } from "./stale-standby";

type Standby = Pick<HostSessions, "sql" | "redis" | "engine">;

/** How long ago each store of the standby heard of its primary by its own word, in seconds; null when it cannot say. */
const HEARD: Readonly<Record<StoreName, (to: Standby) => Promise<number | null>>> = {
  timescaledb: async ({ sql }) => {
    const { received, replayed } = await oneRow<{ received: number | null; replayed: number | null }>(
      sql,
      `select extract(epoch from clock_timestamp() - (select last_msg_receipt_time from pg_stat_wal_receiver))::float8 as received,
              extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as replayed`,
    );
    // What comes from the future proves nothing.
    const known = [received, replayed].filter((age) => age !== null && age >= 0);
    return known.length === 0 ? null : Math.min(...(known as number[]));
  },
  redis: async ({ redis }) => silence(parseInfo(String(await redis.command("INFO", "replication")))),
};

/** Reads how far both stores of the standby followed, and judges it. Changes nothing. */
export async function readFollowing(
  to: Standby,
  {
    environment,
    request,
    probe,
    clock,
  }: {
    environment: Pick<Environment, "policy">;
    request: Pick<DrillRequest, "fromHost" | "accept_loss">;
    probe: ProbeHandle | AdoptedProbe | undefined;
    clock: Pick<DrillClock, "now">;
  },
): Promise<FollowingEvidence> {
  const maxUnknownSeconds = environment.policy.max_unknown_loss_seconds;
  const stores = await Promise.all(
    STORE_NAMES.map(async (store): Promise<StoreFollowing> => {
      const record = await readFollowRecord(to.engine.docker, store).catch(() => null);
      const kept = record?.role === "standby" ? record : null;
      const heardSecondsAgo = (kept?.hasAll ?? null) === null ? await HEARD[store](to).catch(() => null) : null;
      const last = probe !== undefined && "lastAcknowledged" in probe ? probe.lastAcknowledged[store] : null;
      const acknowledgedSecondsAgo =
        last?.endpoint === request.fromHost ? Math.max(0, clock.now() - last.atMs) / 1000 : null;
      return judgeFollowing(
        { store, record: kept, heardSecondsAgo, acknowledgedSecondsAgo },
        Date.now(),
        maxUnknownSeconds,
      );
    }),
  );
  const accepted = request.accept_loss === undefined ? null : { ...request.accept_loss, at: new Date().toISOString() };
  return { maxUnknownSeconds, stores, accepted };
}

/**
 * What stands against a promotion, of all at once: that the primary is there, and that the standby is stale. Undefined
 * where nothing does; words of the operator take the staleness away, not the living primary.
 */
export function promotionRefusal(
  living: Pick<Failure, "reason" | "next" | "refused"> | undefined,
  { stores }: Pick<FollowingEvidence, "stores">,
  request: DrillRequest,
): Pick<Failure, "reason" | "next" | "refused"> | undefined {
  const stale = stores.flatMap((one) => staleWords(one, request) ?? []);
  // A primary that is there is asked by a planned drill: nothing is given up then.
  const planned = living !== undefined && !living.next.includes("--unplanned");
  if (stale.length === 0 || request.accept_loss !== undefined || planned) return living;
  const words = [
    `understudy failover --unplanned --to ${request.toHost} --execute --accept-loss "HOW YOU KNOW"`,
    ...(living === undefined && request.fence_live_primary !== true ? [] : ["--fence-live-primary"]),
    ...(request.accept_unfenced === undefined
      ? []
      : [`--accept-unfenced ${JSON.stringify(request.accept_unfenced.reason)}`]),
    ...(request.standing_probe === undefined ? [] : [`--standing-probe ${request.standing_probe}`]),
  ];
  return {
    reason: [...(living === undefined ? [] : [living.reason]), ...stale].join(". "),
    next: `bring ${request.fromHost} back, which has these writes; or give them up: ${words.join(" ")}`,
    refused: true,
  };
}
