import type { Dashboard } from "./dashboard";

const OF = "{{of_service}} of {{of_host}}";

/** The backups of both hosts, as the containers that take them say. */
export const BACKUPS: Dashboard = {
  uid: "understudy-backups",
  title: "Backups",
  panels: [
    {
      ...{ title: "Last attempt", shows: "now", width: 12, words: { "0": ["failed", "red"], "1": ["good", "green"] } },
      queries: [{ ask: "understudy_backup_last_attempt_succeeded", legend: OF }],
    },
    {
      ...{ title: "Room left, of what there has to be", shows: "now", width: 6, unit: "percentunit" },
      queries: [{ ask: "understudy_backup_free_bytes / understudy_backup_min_free_bytes", legend: "on {{host}}" }],
    },
    {
      ...{ title: "Since write-ahead log last came", shows: "now", width: 6, unit: "s" },
      queries: [{ ask: "time() - understudy_backup_wal_received_timestamp_seconds", legend: "of {{of_host}}" }],
    },
    {
      ...{ title: "Age of the newest good backup", shows: "over-time", unit: "s" },
      queries: [{ ask: "time() - understudy_backup_last_good_timestamp_seconds", legend: OF }],
    },
    {
      ...{ title: "Its age, of what is allowed", shows: "over-time", unit: "percentunit" },
      note: "From 100 % on a drill is refused.",
      queries: [
        {
          ask: "(time() - understudy_backup_last_good_timestamp_seconds) / understudy_backup_max_age_seconds",
          legend: OF,
        },
      ],
    },
    {
      ...{ title: "Size", shows: "over-time", unit: "bytes" },
      queries: [{ ask: "understudy_backup_size_bytes", legend: OF }],
    },
    {
      ...{ title: "How long it took", shows: "over-time", unit: "s" },
      queries: [{ ask: "understudy_backup_last_attempt_seconds", legend: OF }],
    },
    {
      ...{ title: "Room left", shows: "over-time", unit: "bytes", width: 24 },
      queries: [{ ask: "understudy_backup_free_bytes", legend: "on {{host}}" }],
    },
  ],
};
