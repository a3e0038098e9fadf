import type { Dashboard } from "./dashboard";

const BY_HOST = "{{host}}";
const REAL = 'fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs|proc|sysfs|cgroup.*"';

/** Both machines: by node_exporter; clocks, certificates and the room of the stores by the agents. */
export const HOSTS: Dashboard = {
  uid: "understudy-hosts",
  title: "Hosts",
  panels: [
    {
      ...{ title: "Runs for", shows: "now", unit: "s" },
      queries: [{ ask: "node_time_seconds - node_boot_time_seconds", legend: BY_HOST }],
    },
    {
      ...{ title: "Load of a minute, per processor", shows: "now" },
      queries: [
        {
          ask: 'max by (host) (node_load1) / count by (host) (node_cpu_seconds_total{mode="idle"})',
          legend: BY_HOST,
        },
      ],
    },
    {
      ...{ title: "Memory left", shows: "now", unit: "percentunit" },
      queries: [{ ask: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", legend: BY_HOST }],
    },
    {
      ...{ title: "Room for the stores", shows: "now", unit: "percentunit" },
      queries: [
        {
          ask: "min by (host) (understudy_store_disk_free_bytes / understudy_store_disk_size_bytes)",
          legend: BY_HOST,
        },
      ],
    },
    {
      ...{ title: "Clocks apart", shows: "now", unit: "s", redFrom: 1 },
      queries: [{ ask: "abs(understudy_peer_clock_offset_seconds)", legend: "as {{host}} sees it" }],
    },
    {
      ...{ title: "First certificate ends in", shows: "now", unit: "s" },
      queries: [
        { ask: "min by (host) (understudy_certificate_not_after_timestamp_seconds) - time()", legend: BY_HOST },
      ],
    },
    {
      ...{ title: "Processors", shows: "over-time", unit: "percentunit" },
      queries: [
        {
          ask: 'sum by (host, mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval])) / on (host) group_left () count by (host) (node_cpu_seconds_total{mode="idle"})',
          legend: "{{host}} {{mode}}",
        },
      ],
    },
    {
      ...{ title: "Memory", shows: "over-time", unit: "bytes" },
      queries: [
        { ask: "node_memory_MemAvailable_bytes", legend: "{{host}} left" },
        { ask: "node_memory_MemTotal_bytes", legend: "{{host}} whole" },
      ],
    },
    {
      ...{ title: "Room on the file systems", shows: "over-time", unit: "percentunit" },
      queries: [
        {
          ask: `max by (host, device) (node_filesystem_avail_bytes{${REAL}} / (node_filesystem_size_bytes{${REAL}} > 0))`,
          legend: "{{host}} {{device}}",
        },
      ],
    },
    {
      ...{ title: "Disks at work", shows: "over-time", unit: "percentunit" },
      queries: [
        {
          ask: "max by (host, device) (rate(node_disk_io_time_seconds_total[$__rate_interval]))",
          legend: "{{host}} {{device}}",
        },
      ],
    },
    {
      ...{ title: "Read and written", shows: "over-time", unit: "Bps" },
      queries: [
        { ask: "sum by (host) (rate(node_disk_read_bytes_total[$__rate_interval]))", legend: "{{host}} read" },
        { ask: "sum by (host) (rate(node_disk_written_bytes_total[$__rate_interval]))", legend: "{{host}} written" },
      ],
    },
    {
      ...{ title: "Time in which something waited", shows: "over-time", unit: "percentunit" },
      queries: ["cpu", "io", "memory"].map((what) => ({
        ask: `rate(node_pressure_${what}_waiting_seconds_total[$__rate_interval])`,
        legend: `{{host}} ${what}`,
      })),
    },
    {
      ...{ title: "What Prometheus keeps", shows: "over-time", unit: "bytes" },
      note: "The part in memory and its log come on top.",
      queries: [{ ask: "max by (host) (prometheus_tsdb_storage_blocks_bytes)", legend: BY_HOST }],
    },
    {
      ...{ title: "Series in Prometheus", shows: "over-time" },
      queries: [{ ask: "max by (host) (prometheus_tsdb_head_series)", legend: BY_HOST }],
    },
  ],
};
