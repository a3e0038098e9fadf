import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import type { Check, Topology } from "../../evidence/document";
import { hostIn, roleOf } from "../../evidence/observed-role";
import { healthyCheck } from "./health-checks";
import type { PairReading } from "./pair-reading";

type Value = Check["measured"];

function check(name: string, host: string | null, measured: Value, limit: Value, ok: boolean): Check {
  return { name, host, measured, limit, ok };
}

function equals(name: string, host: string | null, measured: Value, expected: Value): Check {
  return check(name, host, measured, expected, measured !== null && measured === expected);
}

function atMost(name: string, host: string | null, measured: number | null, limit: number): Check {
  return check(name, host, measured, limit, measured !== null && measured <= limit);
}

/** Whether a store of `host` was seen to play `role`; where it could not be read, the reason is what was measured. */
export function roleCheck(topology: Topology | null, host: string, store: StoreName, role: Role): Check {
  const observed = hostIn(topology, host)?.[store];
  const measured = observed?.state === "unknown" ? observed.reason : (roleOf(observed) ?? null);
  return equals(`${store} role`, host, measured, role);
}

/** Which drill is about to move the role from which host to which, as far as the checks have to know. */
export interface SwapRequest {
  readonly drillId: string;
  readonly from: { readonly name: string; readonly replication_address: string };
  readonly to: { readonly name: string; readonly replication_address: string };
}

/** What must hold before anything is touched: roles, replication, the way back, containers, a fresh drill id. */
export function precheckChecks(
  reading: PairReading,
  { drillId, from, to }: SwapRequest,
  environment: Environment,
): Check[] {
  const { topology } = reading;
  const detail = (host: string, key: string): Value => {
    const observed = hostIn(topology, host)?.timescaledb;
    return observed?.state === "observed" ? (observed.detail[key] ?? null) : null;
  };
  const { redisFrom, redisTo } = reading;
  const { ports, encryption } = environment;
  const followedBy = encryption === "plain" ? undefined : redisTo.follows?.port;
  return [
    equals("drill id is new", null, !reading.usedDrillIds.has(drillId), true),
    ...STORE_NAMES.flatMap((store) => [
      roleCheck(topology, from.name, store, "primary"),
      roleCheck(topology, to.name, store, "standby"),
    ]),
    equals("system identifier", to.name, detail(to.name, "systemIdentifier"), detail(from.name, "systemIdentifier")),
    equals("timeline", to.name, detail(to.name, "timeline"), detail(from.name, "timeline")),
    equals("data checksums", from.name, detail(from.name, "checksums"), true),
    equals("standby streams", to.name, reading.streaming?.state ?? null, "streaming"),
    equals("redis link up", to.name, redisTo.follows?.linkUp ?? null, true),
    equals(
      "redis follows",
      to.name,
      redisTo.follows && `${redisTo.follows.host}:${redisTo.follows.port}`,
      // Where a mode has just changed, its boot guard has it follow by the other port within seconds.
      `${from.replication_address}:${followedBy === ports.redis_tls ? ports.redis_tls : ports.redis}`,
    ),
    equals("redis replication id", to.name, redisTo.replicationId, redisFrom.replicationId),
    ...STORE_NAMES.map((one) => {
      const { ok, detail: seen } = reading.reversePath[one];
      return check(`${one} reverse replication path`, from.name, ok ? true : seen, true, ok);
    }),
    ...Object.entries(reading.containers).flatMap(([host, containers]) =>
      containers.map((one) => healthyCheck(host, one)),
    ),
  ];
}

/** Lag of the standby on both stores against the objectives; what could not be read does not pass. */
export function syncChecks(
  reading: Pick<PairReading, "lag" | "streaming">,
  to: string,
  environment: Environment,
): Check[] {
  const { timescaledb, redis } = reading.lag;
  const { max_replay_lag_bytes: maxBytes, max_lag_events_before_swap: maxEvents } = environment.objectives;
  return [
    atMost("timescaledb receive lag, bytes", to, timescaledb.receiveBytes, maxBytes),
    atMost("timescaledb replay lag, bytes", to, timescaledb.replayBytes, maxBytes),
    atMost("timescaledb lag, events", to, timescaledb.events, maxEvents),
    atMost("redis lag, bytes", to, redis.bytes, maxBytes),
    atMost("redis lag, events", to, redis.events, maxEvents),
    equals("redis link up", to, redis.linkUp, true),
  ];
}

/** The first check that does not hold, as one sentence; undefined when all hold. */
export function firstFailure(checks: readonly Check[]): { host: string | null; reason: string } | undefined {
  const failed = checks.filter((one) => !one.ok);
  const first = failed[0];
  if (first === undefined) return undefined;
  const where = first.host === null ? "" : ` on ${first.host}`;
  const others =
    failed.length > 1
      ? ` (and ${failed.length - 1} more: ${failed
          .slice(1)
          .map((one) => [one.name, one.host].filter(Boolean).join(" on "))
          .join(", ")})`
      : "";
  return {
    host: first.host,
    reason: `${first.name}${where}: ${first.measured ?? "could not be read"}, must be ${first.limit}${others}`,
  };
}
