/** What a fault changes of the series of a pair that is well: values as promtool writes them; null takes a series away. */
export interface AlertCase {
  readonly alert: string;
  readonly fault: string;
  readonly changes: Readonly<Record<string, string | null>>;
  /** A moment at which the alert is not raised yet, and one at which it is. */
  readonly before: string;
  readonly at: string;
  /** The labels beside those of the rule, of each alert that is raised, and its value in words where the summary has it. */
  readonly raised: readonly (Readonly<Record<string, string>> & { readonly value?: string })[];
}

const STORES = ["timescaledb", "redis"] as const;
const AGENT = 'service="agent"';

function ofStore(host: string, store: string): string {
  return `host="${host}", ${AGENT}, store="${store}"`;
}

/** The series that the agents of a pair that is well give, host-a primary: name with labels, and values. */
export function wellSeries(): ReadonlyMap<string, string> {
  const series = new Map<string, string>();
  const say = (name: string, labels: string, value: string): void =>
    void series.set(`understudy_${name}{${labels}}`, `${value}x30`);
  for (const host of ["host-a", "host-b"]) {
    const primary = host === "host-a" ? "1" : "0";
    const role = host === "host-a" ? "primary" : "standby";
    const own = `host="${host}", ${AGENT}`;
    series.set(`up{job="understudy-agent", ${own}}`, "1x30");
    for (const [name, value] of [
      ...[["peer_declared", "1"] as const, ["peer_agent_answers", "1"] as const],
      ...[["peer_clock_offset_seconds", "0.01"] as const, ["peer_clock_offset_uncertainty_seconds", "0.002"] as const],
      ...[["replication_lag_objective_bytes", "16777216"] as const, ["wal_bytes", "100"] as const],
      ...[["wal_wanted_bytes", "100"] as const, ["redis_memory_used_bytes", "10"] as const],
      ...[["redis_memory_max_bytes", "100"] as const, ["checkpoint_timestamp_seconds", "0"] as const],
      ["checkpoint_timeout_seconds", "300"] as const,
    ])
      say(name, own, value);
    say("certificate_not_after_timestamp_seconds", `${own}, name="server"`, "9000000");
    for (const store of STORES) {
      const at = ofStore(host, store);
      say("store_role", `${at}, role="primary"`, primary);
      say("following", `${at}, role="${role}"`, "1");
      for (const [name, value] of [
        ...[["store_answers", "1"] as const, ["store_held", "0"] as const, ["store_primary_sure", primary] as const],
        ...[["store_connections", "10"] as const, ["store_connections_max", "100"] as const],
        ...[["store_disk_free_bytes", "500"] as const, ["store_disk_size_bytes", "1000"] as const],
      ])
        say(name, at, value);
    }
    say("store_demoted", ofStore(host, "timescaledb"), "0");
  }
  say("replication_lag_bytes", ofStore("host-b", "timescaledb"), "100");
  const primary = `host="host-a", ${AGENT}`;
  say("checkpoint_wal_bytes", primary, "1000");
  say("slot_active", `${primary}, slot="understudy_host_b"`, "1");
  say("slot_active", `${primary}, slot="understudy_archive"`, "1");
  say("slot_safe_bytes", `${primary}, slot="understudy_host_b"`, "4e9");
  say("slot_wal_status", `${primary}, slot="understudy_host_b", status="lost"`, "0");
  return series;
}

/** A series of one host. */
function a(name: string, host: "host-a" | "host-b", more = ""): string {
  return `understudy_${name}{host="${host}", ${AGENT}${more}}`;
}

const A = { host: "host-a" };
const B = { host: "host-b" };
const PG = { store: "timescaledb" };
const OF_PG = ', store="timescaledb"';
const OF_REDIS = ', store="redis"';
const SLOT = ', slot="understudy_host_b"';
const HAS_SLOT = { ...A, slot: "understudy_host_b" };
const ENDS = a("certificate_not_after_timestamp_seconds", "host-a", ', name="server"');
/** The rule keeps the certificate's kind, which these series do not have. */
const CERTIFICATE = { ...A, name: "server" };

function one(
  alert: string,
  fault: string,
  changes: AlertCase["changes"],
  [before, at]: readonly [string, string],
  ...raised: AlertCase["raised"]
): AlertCase {
  return { alert, fault, changes, before, at, raised };
}

/** Every alert of the agent by a fault that raises it; of critical ones no other is raised beside it. */
export const ALERT_CASES: readonly AlertCase[] = [
  one(
    "TwoPrimaries",
    "both hosts have a primary",
    { [a("store_role", "host-b", `${OF_PG}, role="primary"`)]: "1x30" },
    ["5s", "20s"],
    PG,
  ),
  one("StoreHeld", "a store is held", { [a("store_held", "host-b", OF_PG)]: "1x30" }, ["5s", "20s"], { ...B, ...PG }),
  one(
    "AgentDown",
    "an agent does not answer",
    { [`up{job="understudy-agent", host="host-b", ${AGENT}}`]: "0x30" },
    ["15s", "30s"],
    B,
  ),
  one(
    "NoPrimary",
    "no Redis is surely primary",
    { [a("store_primary_sure", "host-a", OF_REDIS)]: "0x30" },
    ["10s", "20s"],
    { store: "redis" },
  ),
  one("StoreSilent", "a server is silent", { [a("store_answers", "host-b", OF_PG)]: "0x30" }, ["15s", "30s"], {
    ...B,
    ...PG,
  }),
  one(
    "SlotLost",
    "a slot is lost",
    { [a("slot_wal_status", "host-a", `${SLOT}, status="lost"`)]: "1x30" },
    ["5s", "20s"],
    HAS_SLOT,
  ),
  one(
    "NotFollowing",
    "a standby does not follow",
    { [a("following", "host-b", `${OF_REDIS}, role="standby"`)]: "0x30" },
    ["15s", "30s"],
    { store: "redis" },
  ),
  one(
    "LagOverObjective",
    "a standby is too far behind",
    { [a("replication_lag_bytes", "host-b", OF_PG)]: "20971520x30" },
    ["15s", "30s"],
    { ...PG, value: "20Mi" },
  ),
  one(
    "DiskFullSoon",
    "a disk is nearly full",
    { [a("store_disk_free_bytes", "host-a", OF_PG)]: "40x30" },
    ["15s", "30s"],
    {
      ...A,
      value: "4%",
    },
  ),
  one(
    "DiskFullSoon",
    "a disk will be full within a day",
    { [a("store_disk_free_bytes", "host-a", OF_PG)]: "190-0.02x30" },
    ["0s", "50s"],
    { ...A, value: "18.98%" },
  ),
  one("CertificateEnding", "a certificate ends tomorrow", { [ENDS]: "86430x30" }, ["15s", "30s"], {
    ...CERTIFICATE,
    value: "1d 0h 0m 0s",
  }),
  one("CertificateEndingSoon", "a certificate ends in 20 days", { [ENDS]: "1728075x30" }, ["30s", "75s"], {
    ...CERTIFICATE,
    value: "20d 0h 0m 0s",
  }),
  one(
    "SlotNearlyLost",
    "a slot is nearly lost",
    { [a("slot_safe_bytes", "host-a", SLOT)]: "1000x30" },
    ["5s", "20s"],
    HAS_SLOT,
  ),
  one("WalGrowing", "the log grows", { [a("wal_bytes", "host-a")]: "200x30" }, ["30s", "75s"], { ...A, value: "2" }),
  one(
    "CheckpointStuck",
    "there is no checkpoint while it is written",
    {
      [a("checkpoint_wal_bytes", "host-a")]: "100000000x30",
      [a("checkpoint_timestamp_seconds", "host-a")]: "-1170x30",
    },
    ["15s", "30s"],
    { ...A, value: "4" },
  ),
  one(
    "ArchiveStuck",
    "nobody receives the log for the backups",
    { [a("slot_active", "host-a", ', slot="understudy_archive"')]: "0x30" },
    ["1m", "130s"],
    A,
  ),
  one(
    "SwitchoverPending",
    "a drill has stopped PostgreSQL and is gone",
    { [a("store_demoted", "host-a", OF_PG)]: "1x30" },
    ["30s", "75s"],
    A,
  ),
  one(
    "SwitchoverPending",
    "the stores are primary on different hosts",
    {
      [a("store_role", "host-a", `${OF_REDIS}, role="primary"`)]: "0x30",
      [a("store_role", "host-b", `${OF_REDIS}, role="primary"`)]: "1x30",
    },
    ["30s", "75s"],
    A,
    B,
  ),
  one(
    "FollowingUnknown",
    "no record of following is kept",
    { [a("following", "host-b", `${OF_REDIS}, role="standby"`)]: null },
    ["30s", "75s"],
    { ...B, store: "redis" },
  ),
  one(
    "StoreRefusesAgent",
    "a server refuses the agent",
    { [a("store_refused_info", "host-a", `${OF_PG}, code="28P01"`)]: "1x30" },
    ["30s", "75s"],
    { ...A, ...PG, code: "28P01" },
  ),
  one(
    "AgentsApart",
    "an agent does not reach the other",
    { [a("peer_agent_answers", "host-a")]: "0x30" },
    ["30s", "75s"],
    A,
  ),
  one(
    "ClocksApart",
    "the clocks are apart",
    { [a("peer_clock_offset_seconds", "host-a")]: "-2.002x30" },
    ["15s", "30s"],
    {
      ...A,
      value: "2s",
    },
  ),
  one(
    "ConnectionsNearlyUsedUp",
    "connections are nearly used up",
    { [a("store_connections", "host-a", OF_PG)]: "95x30" },
    ["15s", "30s"],
    { ...A, ...PG, value: "95%" },
  ),
  one(
    "RedisMemoryNearlyFull",
    "Redis is nearly full",
    { [a("redis_memory_used_bytes", "host-a")]: "95x30" },
    ["15s", "30s"],
    {
      ...A,
      value: "95%",
    },
  ),
  one(
    "DrillInProgress",
    "a drill is at work",
    { [a("drill_in_progress_until_timestamp_seconds", "host-b")]: "60x30" },
    ["90s", "30s"],
    { value: "1970-01-01 00:01:00 +0000 UTC" },
  ),
];
