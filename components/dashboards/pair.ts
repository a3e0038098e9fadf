import { DASHBOARD_UIDS } from "../../settings/dashboards";
import type { Dashboard } from "./dashboard";

/** Whether somebody who comes to the page can go away again: who is primary, protected, ready, and what drills cost. */
export const PAIR: Dashboard = {
  uid: DASHBOARD_UIDS.pair,
  title: "The pair at a glance",
  panels: [
    {
      ...{ title: "Primary", shows: "names", width: 5 },
      note: "Surely primary, and takes writes. Nothing here: no host is sure.",
      queries: [{ ask: "understudy_store_primary_sure == 1", legend: "{{store}}: {{host}}" }],
    },
    {
      ...{ title: "Protected", shows: "now", width: 4 },
      words: { "0": ["unprotected", "red"], "1": ["protected", "green"] },
      note: "Whether the standby streams, as the record of following has it.",
      queries: [{ ask: "min by (store) (understudy_following)", legend: "{{store}}" }],
    },
    {
      ...{ title: "Ready", shows: "now", width: 3 },
      words: { "0": ["NOT VERIFIED", "red"], "1": ["READY", "green"] },
      note: "understudy status --ready says what has changed since the last accepted drill.",
      queries: [{ ask: "min(understudy_failover_ready)", legend: "ready" }],
    },
    {
      ...{ title: "Lag", shows: "now", unit: "bytes", width: 4 },
      queries: [{ ask: "max by (store) (understudy_replication_lag_bytes)", legend: "{{store}}" }],
    },
    {
      ...{ title: "Since the last drill", shows: "now", unit: "s", width: 4 },
      queries: [{ ask: "time() - max(understudy_last_drill_timestamp_seconds)", legend: "last drill" }],
    },
    {
      ...{ title: "Alerts", shows: "now", width: 4, redFrom: 1 },
      queries: [
        {
          ask: 'count(ALERTS{alertstate="firing", severity=~"critical|warning"}) or vector(0)',
          legend: "raised now",
        },
      ],
    },
    {
      ...{ title: "Who takes writes", shows: "states" },
      words: { "0": ["not sure", "transparent"], "1": ["primary", "green"] },
      queries: [{ ask: "understudy_store_primary_sure", legend: "{{store}} on {{host}}" }],
    },
    {
      ...{ title: "Who follows", shows: "states" },
      words: { "0": ["does not follow", "red"], "1": ["follows", "green"] },
      queries: [{ ask: "min by (store) (understudy_following)", legend: "{{store}}" }],
    },
    {
      ...{ title: "Lag in bytes, and the objective", shows: "over-time", unit: "bytes" },
      queries: [
        { ask: "max by (store) (understudy_replication_lag_bytes)", legend: "{{store}}" },
        { ask: "max(understudy_replication_lag_objective_bytes)", legend: "objective" },
      ],
    },
    {
      ...{ title: "Age of the last moment that the standby has whole", shows: "over-time", unit: "s" },
      queries: [{ ask: "max by (store) (understudy_replication_lag_seconds)", legend: "{{store}}" }],
    },
    {
      ...{ title: "Outages of the last drills", shows: "distribution", unit: "s" },
      note: "What clients saw, as the evidence of each drill has it.",
      queries: [{ ask: "max by (store, drill) (understudy_drill_outage_seconds)", legend: "{{store}} {{drill}}" }],
    },
    {
      ...{ title: "What answers", shows: "states" },
      words: { "0": ["silent", "red"], "1": ["answers", "green"] },
      queries: [{ ask: "min by (host, service) (up)", legend: "{{service}} on {{host}}" }],
    },
  ],
};
