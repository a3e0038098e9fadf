import { z } from "zod";

const file = z.string().min(1);

/** The section `overlays` of an environment file: files of the operator's own beside those of the program. */
export const overlaysSchema = z.strictObject({
  alerts: file
    .optional()
    .describe("YAML file with Alertmanager's `receivers` and `routes`, and the `receiver` of everything else"),
  rules: z.array(file).default([]).describe("YAML files with `groups` of rules for Prometheus, beside our own"),
  pg_hba: file
    .optional()
    .describe("file with lines for PostgreSQL's pg_hba.conf, behind those that our own sessions need"),
  scrape_jobs: file.optional().describe("YAML file with a list of scrape jobs for Prometheus, beside our own"),
  dashboards: file
    .optional()
    .describe("folder with JSON files, a dashboard of Grafana each, with a `uid` that does not begin as ours do"),
});

/** The section with its defaults. */
export type OverlaysSection = z.infer<typeof overlaysSchema>;
