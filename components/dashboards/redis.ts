import type { Dashboard } from "./dashboard";

const BY_HOST = "{{host}}";

/** Redis: by the exporter, but for the role and the following, which only the agent sees also of a held store. */
export const REDIS: Dashboard = {
  uid: "understudy-redis",
  title: "Redis",
  panels: [
    {
      ...{ title: "Answers the exporter", shows: "now", words: { "0": ["no", "red"], "1": ["yes", "green"] } },
      queries: [{ ask: "min by (host) (redis_up)", legend: BY_HOST }],
    },
    {
      ...{ title: "Role", shows: "names" },
      queries: [{ ask: 'understudy_store_role{store="redis"} == 1', legend: "{{host}}: {{role}}" }],
    },
    {
      ...{ title: "Version", shows: "names" },
      queries: [{ ask: "max by (host, redis_version) (redis_instance_info)", legend: "{{host}}: {{redis_version}}" }],
    },
    {
      ...{ title: "Memory used, of its bound", shows: "now", unit: "percentunit", redFrom: 0.9 },
      note: "Unknown where it has no bound.",
      queries: [{ ask: "understudy_redis_memory_used_bytes / understudy_redis_memory_max_bytes", legend: BY_HOST }],
    },
    {
      ...{ title: "Clients", shows: "now" },
      queries: [{ ask: "max by (host) (redis_connected_clients)", legend: BY_HOST }],
    },
    {
      ...{ title: "Runs for", shows: "now", unit: "s" },
      queries: [{ ask: "max by (host) (redis_uptime_in_seconds)", legend: BY_HOST }],
    },
    {
      ...{ title: "Commands", shows: "over-time", unit: "ops" },
      queries: [
        { ask: "sum by (host) (rate(redis_commands_processed_total[$__rate_interval]))", legend: BY_HOST },
        { ask: "sum by (host) (rate(redis_total_error_replies[$__rate_interval]))", legend: "{{host}} errors" },
      ],
    },
    {
      ...{ title: "Mean time of a command", shows: "over-time", unit: "s" },
      queries: [
        {
          ask: "topk by (host) (5, sum by (host, cmd) (redis_commands_duration_seconds_total) / (sum by (host, cmd) (redis_commands_total) > 0))",
          legend: "{{host}} {{cmd}}",
        },
      ],
    },
    {
      ...{ title: "Memory", shows: "over-time", unit: "bytes" },
      queries: [
        { ask: "max by (host) (redis_memory_used_bytes)", legend: "{{host}} used" },
        { ask: "max by (host) (redis_memory_used_rss_bytes)", legend: "{{host}} of the machine" },
        { ask: "max by (host) (understudy_redis_memory_max_bytes)", legend: "{{host}} bound" },
      ],
    },
    {
      ...{ title: "Keys", shows: "over-time" },
      queries: [{ ask: "sum by (host, db) (redis_db_keys)", legend: "{{host}} {{db}}" }],
    },
    {
      ...{ title: "Keys that went", shows: "over-time", unit: "ops" },
      queries: [
        { ask: "sum by (host) (rate(redis_expired_keys_total[$__rate_interval]))", legend: "{{host}} expired" },
        { ask: "sum by (host) (rate(redis_evicted_keys_total[$__rate_interval]))", legend: "{{host}} given up" },
      ],
    },
    {
      ...{ title: "Connections refused", shows: "over-time", unit: "ops" },
      queries: [{ ask: "sum by (host) (rate(redis_rejected_connections_total[$__rate_interval]))", legend: BY_HOST }],
    },
    {
      ...{ title: "Network", shows: "over-time", unit: "Bps" },
      queries: [
        { ask: "sum by (host) (rate(redis_net_input_bytes_total[$__rate_interval]))", legend: "{{host}} in" },
        { ask: "sum by (host) (rate(redis_net_output_bytes_total[$__rate_interval]))", legend: "{{host}} out" },
      ],
    },
    {
      ...{ title: "Position in the replication", shows: "over-time", unit: "bytes" },
      queries: [{ ask: "max by (host) (redis_master_repl_offset)", legend: BY_HOST }],
    },
  ],
};
