import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { OTHER_KEYS } from "./applications";
import { EnvironmentError } from "./environment-error";
import { readYaml } from "./environment-layers";
import { describeIssues } from "./load-environment";
import { readHbaLines, type HbaLine } from "./hba-lines";
import { messageOf } from "./user-error";
import type { OverlaysSection } from "./overlay-section";

/** Alertmanager's kinds of receivers, as its configuration names them. */
const INTEGRATIONS = [
  ...["discord", "email", "incidentio", "jira", "msteams", "msteamsv2", "opsgenie", "pagerduty", "pushover"],
  ...["rocketchat", "slack", "sns", "telegram", "victorops", "webex", "webhook", "wechat"],
].map((name) => `${name}_configs`);

const OURS = ["understudy", "understudy-canary", "understudy-deadman", "understudy-nobody"];
const OUR_JOBS = ["understudy", "understudy-agent", "understudy-exporters", "understudy-collectors"];
const DURATION = /^(\d+(ms|s|m|h|d|w|y))+$/;

const duration = z.string().regex(DURATION, "a time such as 30s, 5m or 1h30m");
const texts = z.record(z.string(), z.string());
const receiverName = z
  .string()
  .min(1)
  .refine((name) => !OURS.includes(name), "another name: this one is the program's own");

const receiver = z.strictObject({
  name: receiverName,
  ...Object.fromEntries(INTEGRATIONS.map((name) => [name, z.array(z.record(z.string(), z.unknown())).optional()])),
});

interface Route {
  readonly receiver?: string | undefined;
  readonly routes?: readonly Route[] | undefined;
}

const route: z.ZodType<Route> = z.strictObject({
  receiver: z.string().optional(),
  matchers: z.array(z.string()).optional(),
  group_by: z.array(z.string()).optional(),
  continue: z.boolean().optional(),
  group_wait: duration.optional(),
  group_interval: duration.optional(),
  repeat_interval: duration.optional(),
  get routes() {
    return z.array(route).optional();
  },
});

const alertsSchema = z
  .strictObject({
    receiver: z.string().optional(),
    routes: z.array(route).default([]),
    receivers: z.array(receiver).min(1),
  })
  .superRefine(({ receiver: usual, routes, receivers }, context) => {
    const names = receivers.map(({ name }) => name);
    const refuse = (at: string, message: string): void => context.addIssue({ code: "custom", path: [at], message });
    if (new Set(names).size !== names.length) refuse("receivers", "each name once");
    for (const name of [usual, ...receiversOf(routes)])
      if (name !== undefined && !names.includes(name)) refuse("routes", `a receiver of this file: ${name} is none`);
  });

function receiversOf(routes: readonly Route[]): readonly (string | undefined)[] {
  return routes.flatMap((one) => [one.receiver, ...receiversOf(one.routes ?? [])]);
}

const ruleSchema = z
  .strictObject({
    alert: z.string().optional(),
    record: z.string().optional(),
    expr: z.union([z.string().min(1), z.number()]),
    for: duration.optional(),
    keep_firing_for: duration.optional(),
    labels: texts.optional(),
    annotations: texts.optional(),
  })
  .refine((one) => (one.alert === undefined) !== (one.record === undefined), "either alert or record");

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().min(1),
      interval: duration.optional(),
      limit: z.number().int().min(0).optional(),
      labels: texts.optional(),
      rules: z.array(ruleSchema),
    }),
  ),
});

const jobsSchema = z
  .array(
    z.looseObject({
      job_name: z
        .string()
        .min(1)
        .refine((name) => !OUR_JOBS.includes(name), "another name: this one is the program's own"),
      scrape_interval: duration.optional(),
      scrape_timeout: duration.optional(),
    }),
  )
  .refine((jobs) => new Set(jobs.map((one) => one.job_name)).size === jobs.length, "each job_name once");

const dashboardSchema = z.looseObject({
  uid: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, "1 to 40 letters, digits, hyphens and underscores")
    .refine(
      (uid) => !uid.startsWith("understudy-"),
      "another uid: those beginning with understudy- are the program's own",
    ),
  title: z.string().trim().min(1),
  panels: z.array(z.looseObject({ type: z.string() })),
});

/** What the operator's files say, checked. */
export interface Overlays {
  readonly alerts: z.infer<typeof alertsSchema> | undefined;
  /** Groups of rules by the name of the file that Prometheus gets. */
  readonly rules: readonly { readonly name: string; readonly content: unknown }[];
  readonly jobs: readonly unknown[];
  /** Lines for pg_hba.conf. */
  readonly hba: readonly HbaLine[];
  /** Dashboards by the name of the file that Grafana gets. */
  readonly dashboards: readonly { readonly name: string; readonly content: unknown }[];
}

/**
 * Reads the files of the section `overlays`.
 * @throws EnvironmentError with the field, the file and everything that is wrong in it
 */
export function loadOverlays({ alerts, rules, scrape_jobs: jobs, pg_hba: hba, dashboards }: OverlaysSection): Overlays {
  return {
    alerts: alerts === undefined ? undefined : checked("overlays.alerts", alerts, alertsSchema),
    rules: rules.map((file, at) => ({
      name: `rules/overlay-${at + 1}.yml`,
      content: checked(`overlays.rules.${at}`, file, rulesSchema),
    })),
    jobs: jobs === undefined ? [] : checked("overlays.scrape_jobs", jobs, jobsSchema),
    hba: hba === undefined ? [] : hbaLines(hba),
    dashboards: dashboards === undefined ? [] : loadDashboards(dashboards),
  };
}

/** What an error about one of its lines begins with. */
function hbaField(file: string): string {
  return `overlays.pg_hba: ${path.relative(process.cwd(), file) || file}`;
}

/** @throws EnvironmentError */
function hbaLines(file: string): readonly HbaLine[] {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    throw new EnvironmentError(`overlays.pg_hba: ${messageOf(error)}`);
  }
  const { lines, problems } = readHbaLines(content);
  if (problems.length > 0) throw new EnvironmentError(problems.map((one) => `${hbaField(file)}: ${one}`).join("\n"));
  return lines;
}

function loadDashboards(folder: string): Overlays["dashboards"] {
  const field = "overlays.dashboards";
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch (error) {
    throw new EnvironmentError(`${field}: ${error instanceof Error ? error.message : String(error)}`);
  }
  // JSON is YAML too.
  const all = names.sort().map((name) => checked(field, path.join(folder, name), dashboardSchema));
  if (all.length === 0) throw new EnvironmentError(`${field}: no file .json is in ${folder}`);
  const twice = all.find(({ uid }, at) => all.findIndex((one) => one.uid === uid) !== at);
  if (twice !== undefined) throw new EnvironmentError(`${field}: two files have the uid ${twice.uid}`);
  return all.map((content, at) => ({ name: `overlay-${at + 1}.json`, content }));
}

function checked<T>(field: string, file: string, schema: z.ZodType<T>): T {
  const shown = `${field}: ${path.relative(process.cwd(), file) || file}`;
  let data: unknown;
  try {
    data = readYaml(file, process.cwd());
  } catch (error) {
    throw new EnvironmentError(`${field}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new EnvironmentError(describeIssues(shown, data, parsed.error));
  return parsed.data;
}

const SECRET = /\$\{secret:([^}]*)\}/g;
const KEY = /^[a-z][A-Za-z0-9]{0,62}$/;

/**
 * The secrets of the stacks' config that the receivers name, `${secret:KEY}` each.
 * @throws EnvironmentError where one is no key, or one of ours
 */
export function secretsNamed({ alerts }: Overlays): readonly string[] {
  const found = [...JSON.stringify(alerts ?? null).matchAll(SECRET)].map(([, key = ""]) => key);
  const wrong = found.find((key) => !KEY.test(key) || OTHER_KEYS.includes(key));
  if (wrong !== undefined)
    throw new EnvironmentError(
      `overlays.alerts: \${secret:${wrong}}: the name of a secret of your own in namespace understudy of both stacks' config`,
    );
  return [...new Set(found)];
}

/** The same value with every `${secret:KEY}` in its texts replaced. */
export function withSecrets(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return value.replaceAll(SECRET, (_all, key: string) => secrets[key] ?? "");
  if (Array.isArray(value)) return value.map((one) => withSecrets(one, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withSecrets(one, secrets)]));
}
