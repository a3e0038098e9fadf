import type { Sight } from "../../agent/sight";
import { followRecord, guardSight, hostSight, postgresSight, redisSightOf, saidNow } from "./agent-sight";
import type { PairSeries } from "./watched-pair";

/** One fault that a critical alert is for, as the pair's series show it. */
export interface AlertFault {
  readonly alert: string;
  readonly fault: string;
  /** What of the well pair it changes; undefined where it is done to Prometheus itself. */
  readonly change?: (well: PairSeries) => PairSeries;
}

const PRIMARY = "host-a";

/** The sight of a host that is well, as if all of it had been seen at that moment. */
function wellSight(host: string, nowMs: number): Sight {
  const seen = hostSight(host === PRIMARY ? "primary" : "standby");
  const now = Object.fromEntries(
    (["timescaledb", "redis"] as const).map((store) => {
      const { server, guard } = seen[store];
      const record = guard?.record ?? null;
      return [
        store,
        { server: server && { ...server, atMs: nowMs }, guard: guard && { ...guard, record, atMs: nowMs } },
      ];
    }),
  );
  return {
    ...seen,
    ...(now as unknown as Pick<Sight, "timescaledb" | "redis">),
    peer: seen.peer && { ...seen.peer, atMs: nowMs },
    certificates: [{ name: "server", kind: "leaf", notAfter: nowMs / 1000 + 300 * 86_400 }],
  };
}

const backups = (agoSeconds: number): string =>
  [
    `understudy_backup_last_good_timestamp_seconds{of_host="host-a",of_service="redis"} ${String(Date.now() / 1000 - agoSeconds)}`,
    'understudy_backup_max_age_seconds{of_host="host-a",of_service="redis"} 86400',
    "",
  ].join("\n");

/** A pair that is well. */
export const WELL: PairSeries = {
  agent: wellSight,
  text: (_host, service) => (service === "prometheus" ? backups(600) : "well 1\n"),
  silent: () => false,
};

function sees(alert: string, fault: string, host: string, change: (sight: Sight, nowMs: number) => Sight): AlertFault {
  const agent = (one: string, nowMs: number): Sight =>
    one === host ? change(wellSight(one, nowMs), nowMs) : wellSight(one, nowMs);
  return { alert, fault, change: (well) => ({ ...well, agent }) };
}

function mute(alert: string, fault: string, silent: PairSeries["silent"]): AlertFault {
  return { alert, fault, change: (well) => ({ ...well, silent }) };
}

/** Every critical alert but BackupMissing, whose fault is that a quarter of an hour has gone by. */
export const ALERT_FAULTS: readonly AlertFault[] = [
  mute("HostDown", "host-b is gone, with everything on it", (host) => host === "host-b"),
  mute("ServiceDown", "one service does not answer", (host, service) => host === "host-b" && service === "loki"),
  mute("AgentDown", "an agent does not answer", (host, service) => host === "host-b" && service === "agent"),
  { alert: "NothingScraped", fault: "Prometheus has lost its targets" },
  {
    alert: "BackupTooOld",
    fault: "the newest backup is older than promised",
    change: (well) => ({ ...well, text: () => backups(90_000) }),
  },
  sees("TwoPrimaries", "both hosts have a primary PostgreSQL", "host-b", (sight, atMs) => ({
    ...sight,
    timescaledb: { ...sight.timescaledb, server: saidNow(postgresSight("primary"), atMs) },
  })),
  sees("StoreHeld", "a boot guard holds its store", "host-b", (sight, atMs) => ({
    ...sight,
    redis: {
      server: { kind: "silent", code: "ECONNREFUSED", atMs },
      guard: guardSight("standby", { state: "held", reason: "it does not know", record: null, atMs }),
    },
  })),
  sees("NoPrimary", "the primary takes no writes", PRIMARY, (sight, atMs) => ({
    ...sight,
    redis: { ...sight.redis, server: saidNow(redisSightOf("primary", { writable: false }), atMs) },
  })),
  sees("StoreSilent", "the standby's server does not answer", "host-b", (sight, atMs) => ({
    ...sight,
    timescaledb: { ...sight.timescaledb, server: { kind: "silent", code: "ECONNREFUSED", atMs } },
  })),
  sees("SlotLost", "the primary has removed what a slot needs", PRIMARY, (sight, atMs) => ({
    ...sight,
    timescaledb: {
      ...sight.timescaledb,
      server: saidNow(
        postgresSight("primary", {
          slots: [
            { name: "understudy_host_b", active: false, walStatus: "lost", safeBytes: null, retainedBytes: null },
          ],
        }),
        atMs,
      ),
    },
  })),
  sees("NotFollowing", "the standby's Redis does not stream", "host-b", (sight, atMs) => ({
    ...sight,
    redis: {
      ...sight.redis,
      guard: guardSight("standby", { atMs, record: followRecord("standby", { reason: "no-stream" }) }),
    },
  })),
  sees("LagOverObjective", "the standby is 64 MiB behind", "host-b", (sight, atMs) => ({
    ...sight,
    peer: sight.peer && {
      ...sight.peer,
      stores: {
        ...sight.peer.stores,
        timescaledb: { role: "primary", position: 68_108_864, timeline: 3, history: "7300000000000000001" },
      },
      atMs,
    },
  })),
  sees("DiskFullSoon", "the disk has 4 % left", "host-b", (sight, atMs) => ({
    ...sight,
    redis: { ...sight.redis, guard: guardSight("standby", { freeBytes: 400_000, atMs }) },
  })),
  sees("CertificateEnding", "a certificate ends tomorrow", "host-b", (sight, atMs) => ({
    ...sight,
    certificates: [{ name: "server", kind: "leaf", notAfter: atMs / 1000 + 86_400 }],
  })),
];
