import type { Dashboard } from "./dashboard";

const BY_HOST = "{{host}}";

/** PostgreSQL and TimescaleDB: by the exporter, but for roles, slots and log, which only the agent sees also of a held store. */
export const POSTGRESQL: Dashboard = {
  uid: "understudy-postgresql",
  title: "PostgreSQL and TimescaleDB",
  panels: [
    {
      ...{ title: "Answers the exporter", shows: "now", words: { "0": ["no", "red"], "1": ["yes", "green"] } },
      queries: [{ ask: "min by (host) (pg_up)", legend: BY_HOST }],
    },
    {
      ...{ title: "Role", shows: "names" },
      queries: [{ ask: 'understudy_store_role{store="timescaledb"} == 1', legend: "{{host}}: {{role}}" }],
    },
    {
      ...{ title: "Version", shows: "names" },
      queries: [{ ask: "max by (host, short_version) (pg_static)", legend: "{{host}}: {{short_version}}" }],
    },
    {
      ...{ title: "Connections used", shows: "now", unit: "percentunit", redFrom: 0.9 },
      queries: [
        {
          ask: 'understudy_store_connections{store="timescaledb"} / understudy_store_connections_max{store="timescaledb"}',
          legend: BY_HOST,
        },
      ],
    },
    {
      ...{ title: "Longest transaction", shows: "now", unit: "s" },
      queries: [{ ask: "max by (host) (pg_stat_activity_max_tx_duration)", legend: BY_HOST }],
    },
    {
      ...{ title: "Since the last checkpoint", shows: "now", unit: "s" },
      queries: [{ ask: "time() - max by (host) (understudy_checkpoint_timestamp_seconds)", legend: BY_HOST }],
    },
    {
      ...{ title: "Transactions", shows: "over-time", unit: "ops" },
      queries: [
        { ask: "sum by (host) (rate(pg_stat_database_xact_commit[$__rate_interval]))", legend: "{{host}} committed" },
        {
          ask: "sum by (host) (rate(pg_stat_database_xact_rollback[$__rate_interval]))",
          legend: "{{host}} rolled back",
        },
      ],
    },
    {
      ...{ title: "Sessions by state", shows: "over-time" },
      queries: [{ ask: "sum by (host, state) (pg_stat_activity_count)", legend: "{{host}} {{state}}" }],
    },
    {
      ...{ title: "Read from memory", shows: "over-time", unit: "percentunit" },
      queries: [
        {
          ask: "sum by (host) (pg_stat_database_blks_hit) / (sum by (host) (pg_stat_database_blks_hit) + sum by (host) (pg_stat_database_blks_read))",
          legend: BY_HOST,
        },
      ],
    },
    {
      ...{ title: "Rows", shows: "over-time", unit: "ops" },
      queries: ["inserted", "updated", "deleted"].map((what) => ({
        ask: `sum by (host) (rate(pg_stat_database_tup_${what}[$__rate_interval]))`,
        legend: `{{host}} ${what}`,
      })),
    },
    {
      ...{ title: "Locks", shows: "over-time" },
      queries: [{ ask: "sum by (host, mode) (pg_locks_count) > 0", legend: "{{host}} {{mode}}" }],
    },
    {
      ...{ title: "Deadlocks and files for what memory has no room for", shows: "over-time" },
      queries: [
        { ask: "sum by (host) (increase(pg_stat_database_deadlocks[5m]))", legend: "{{host}} deadlocks" },
        { ask: "sum by (host) (increase(pg_stat_database_temp_files[5m]))", legend: "{{host}} files" },
      ],
    },
    {
      ...{ title: "Size of the databases", shows: "over-time", unit: "bytes" },
      queries: [{ ask: "max by (host, datname) (pg_database_size_bytes)", legend: "{{host}} {{datname}}" }],
    },
    {
      ...{ title: "Write-ahead log: what there is, and what the settings ask for", shows: "over-time", unit: "bytes" },
      queries: [
        { ask: "max by (host) (understudy_wal_bytes)", legend: "{{host}}" },
        { ask: "max by (host) (understudy_wal_wanted_bytes)", legend: "{{host}} asked for" },
      ],
    },
    {
      ...{ title: "What slots keep", shows: "over-time", unit: "bytes" },
      queries: [{ ask: "max by (host, slot) (understudy_slot_retained_bytes)", legend: "{{host}} {{slot}}" }],
    },
    {
      ...{ title: "The log that slots need", shows: "states", words: { "1": ["so", "blue"] } },
      queries: [
        {
          ask: "max by (host, slot_name, wal_status) (pg_replication_slot_wal_status) == 1",
          legend: "{{slot_name}} on {{host}}: {{wal_status}}",
        },
      ],
    },
    {
      ...{ title: "Checkpoints in 10 min", shows: "over-time" },
      note: "PostgreSQL 17 and newer count them elsewhere: the exporter has them under another name.",
      queries: [
        {
          ask: 'sum by (host) (increase({__name__=~"pg_stat_bgwriter_checkpoints_timed_total|pg_stat_checkpointer_num_timed_total"}[10m]))',
          legend: "{{host}} by time",
        },
        {
          ask: 'sum by (host) (increase({__name__=~"pg_stat_bgwriter_checkpoints_req_total|pg_stat_checkpointer_num_requested_total"}[10m]))',
          legend: "{{host}} asked for",
        },
      ],
    },
    {
      ...{ title: "Jobs of TimescaleDB at work", shows: "over-time" },
      note: "Sessions of its background workers. Nothing here where the extension is not there, or nothing is due.",
      queries: [
        {
          ask: 'sum by (host) (pg_stat_activity_count{application_name=~"TimescaleDB.*|.*Policy.*"})',
          legend: BY_HOST,
        },
      ],
    },
  ],
};
