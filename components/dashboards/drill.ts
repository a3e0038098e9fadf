import { DASHBOARD_UIDS } from "../../settings/dashboards";
import type { Dashboard } from "./dashboard";

/** One drill, chosen at the top: what the pair did meanwhile, its log lines and its trace. */
export const DRILL: Dashboard = {
  uid: DASHBOARD_UIDS.drill,
  title: "A drill",
  choice: { name: "drill", metric: "understudy_last_drill_timestamp_seconds" },
  panels: [
    {
      ...{ title: "When", shows: "now", unit: "dateTimeAsIso", width: 8 },
      queries: [{ ask: 'max(understudy_last_drill_timestamp_seconds{drill="$drill"}) * 1000', legend: "$drill" }],
    },
    {
      ...{ title: "Outage", shows: "now", unit: "s", width: 8 },
      queries: [{ ask: 'max by (store) (understudy_drill_outage_seconds{drill="$drill"})', legend: "{{store}}" }],
    },
    {
      ...{ title: "At work", shows: "now", width: 8, words: { "0": ["no", "blue"], "1": ["yes", "orange"] } },
      queries: [
        {
          ask: "(max(understudy_drill_in_progress_until_timestamp_seconds) > bool time()) or vector(0)",
          legend: "any drill",
        },
      ],
    },
    {
      ...{ title: "Who takes writes", shows: "states" },
      words: { "0": ["not sure", "transparent"], "1": ["primary", "green"] },
      queries: [{ ask: "understudy_store_primary_sure", legend: "{{store}} on {{host}}" }],
    },
    {
      ...{ title: "What the guards and drills did to the stores", shows: "states" },
      words: { "0": ["no", "transparent"], "1": ["yes", "orange"] },
      queries: [
        { ask: "understudy_store_fenced", legend: "{{store}} on {{host}} fenced" },
        { ask: "understudy_store_held", legend: "{{store}} on {{host}} held" },
        { ask: "understudy_store_demoted", legend: "{{store}} on {{host}} demoted" },
      ],
    },
    {
      ...{ title: "Log lines of the drill", shows: "logs", width: 24 },
      note: "Where the containers' logs go to Loki, with the drill's id as structured metadata.",
      queries: [{ ask: '{service=~".+"} | drill="$drill"', source: "loki" }],
    },
    {
      ...{ title: "Trace of the drill", shows: "traces", width: 24 },
      note: "A step is a span, and what was measured an attribute. The trace comes after the drill.",
      queries: [{ ask: '{ span.understudy.drill.id = "$drill" }', source: "tempo" }],
    },
  ],
};
