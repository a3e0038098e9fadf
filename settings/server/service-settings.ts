import { parse, stringify } from "yaml";
import { z } from "zod";
import type { OtherService } from "../services";
import { linesInText, type LayeredSetting } from "./layers";
import { flagWord, SERVICE_NAMES_OF, whyNotFlag } from "./service-managed";

/** A section of a configuration, as the product itself has it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** What an environment file says of the services that are no stores. */
export type ServiceSections = Readonly<
  Record<OtherService, { readonly settings: Mapping; readonly flags?: Readonly<Record<string, unknown>> | undefined }>
>;

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Everything at the end of a path; a list is one thing, and so is an empty section. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (!isMapping(value) || (path.length > 0 && Object.keys(value).length === 0)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]));
}

const NAME = /^[a-z_][a-z0-9_.-]*$/;
const SECRET = /(^|_)(password|secret|token|credentials?|(access|api|auth|private|routing|secret|service)_key)$/;
/** Alertmanager's addresses that are a secret by themselves. */
const SECRET_URL = /^(slack|discord|msteams|rocketchat|victorops)_?\w*_url$/;
const NO_SECRET = "no secret: this file is read by everybody who may see the pair's settings";
const IN_URL = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/** Whether one of a path's names is that of a secret, or a text holds one. */
function isSecret(value: unknown, name = ""): boolean {
  if (SECRET.test(name) || SECRET_URL.test(name)) return true;
  if (typeof value === "string") return IN_URL.test(value);
  if (Array.isArray(value)) return value.some((one) => isSecret(one));
  return isMapping(value) && Object.entries(value).some(([key, one]) => isSecret(one, key));
}

/** Whether `managed` is this path, or above it, or below it. */
function meets(managed: string, path: readonly string[]): boolean {
  const name = path.join(".");
  const many = managed.endsWith("*");
  const own = many ? managed.slice(0, -1) : managed;
  return name === own || name.startsWith(many ? own : `${own}.`) || own.startsWith(`${name}.`);
}

/** Why an operator may not set this; undefined when they may. Pure: what the product itself refuses, it says. */
export function whyNotService(service: OtherService, { path, value }: Leaf): string | undefined {
  const { known, managed } = SERVICE_NAMES_OF[service];
  const [first = ""] = path;
  const wrong = path.find((one) => !NAME.test(one));
  if (wrong !== undefined) return `names in lower case, as ${service} has them: ${wrong} is none`;
  if (!known.includes(first)) return `a section of ${service}'s own configuration: one of ${known.join(", ")}`;
  const found = Object.entries(managed).find(([one]) => meets(one, path));
  if (found !== undefined) return `another setting: ${found[1]}`;
  if (isSecret(value, path.at(-1))) return NO_SECRET;
  if (value === null) return "a value";
  if (service !== "grafana") return undefined;
  if (path.length !== 2)
    return "a section of grafana.ini by its whole name, with its settings: auth.anonymous: { enabled: true }";
  return typeof value === "object" ? "text, a number, true or false" : undefined;
}

const settingsSchema = (service: OtherService) =>
  z
    .record(z.string(), z.unknown())
    .superRefine((all, context) => {
      for (const leaf of leavesOf(all)) {
        const message = leaf.path.length === 0 ? undefined : whyNotService(service, leaf);
        if (message !== undefined)
          context.addIssue({
            code: "custom",
            path: [...leaf.path],
            message,
            params: { secret: message === NO_SECRET },
          });
      }
    })
    .default({})
    .describe(MEANINGS[service]);

const AS_ITS = "settings as its own configuration has them, put over what the product needs, the same on both hosts";
const MEANINGS: Readonly<Record<OtherService, string>> = {
  prometheus: `${AS_ITS}; it reads them anew`,
  alertmanager: `${AS_ITS}; it reads them anew`,
  loki: `${AS_ITS}; a change replaces its container`,
  tempo: `${AS_ITS}; a change replaces its container`,
  grafana: "settings by the sections of grafana.ini, the same on both hosts; a change replaces its container",
};

const section = (service: OtherService) => z.strictObject({ settings: settingsSchema(service) }).prefault({});

const withFlags = z
  .strictObject({
    settings: settingsSchema("prometheus"),
    flags: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .superRefine((all, context) => {
        for (const [name, value] of Object.entries(all)) {
          const message = whyNotFlag(name, String(value));
          if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
        }
      })
      .default({})
      .describe("flags of its command by their names, without hyphens before them; a change replaces its container"),
  })
  .prefault({});

const withoutFlags: Readonly<Record<Exclude<OtherService, "prometheus">, ReturnType<typeof section>>> = {
  alertmanager: section("alertmanager").describe("how Alertmanager is set, over what the product needs"),
  loki: section("loki").describe("how Loki is set, over what the product needs"),
  tempo: section("tempo").describe("how Tempo is set, over what the product needs"),
  grafana: section("grafana").describe("how Grafana is set, over what the product needs"),
};

/** The sections of an environment file for the services that are no stores. */
export const serviceSections = {
  prometheus: withFlags.describe("how Prometheus is set, over what the product needs"),
  ...withoutFlags,
};

/** What an operator has set of a service, a name for each path. */
export function serviceLayers(sections: ServiceSections, service: OtherService): readonly LayeredSetting[] {
  const { settings, flags = {} } = sections[service];
  const told = (under: string, name: string, value: unknown): LayeredSetting => ({
    name: under === "flags" ? `flags.${name}` : name,
    value: typeof value === "string" ? value : JSON.stringify(value),
    layer: "environment file",
    from: `${service}.${under}.${name}`,
  });
  return [
    ...leavesOf(settings).flatMap(({ path, value }) =>
      path.length === 0 ? [] : [told("settings", path.join("."), value)],
    ),
    ...Object.entries(flags).map(([name, value]) => told("flags", name, value)),
  ];
}

/** What the product's own file sets of a service at the end of a path; lists are left out. Pure. */
export function ownLeaves(text: string): readonly { readonly name: string; readonly value: string }[] {
  return leavesOf(parse(text)).flatMap(({ path, value }) =>
    typeof value === "object" ? [] : [{ name: path.join("."), value: String(value as string | number | boolean) }],
  );
}

/** Whether a change of one of these settings has a service's program started anew, and is not read anew. */
export function startsAnew(service: OtherService, name: string): boolean {
  return (service !== "prometheus" && service !== "alertmanager") || name.startsWith("flags.");
}

/** The file in which a container has what its operator set, to be compared with; undefined where nothing is set. */
export function serviceSettingsText(sections: ServiceSections, service: OtherService): string | undefined {
  const layers = serviceLayers(sections, service);
  if (layers.length === 0) return undefined;
  return `# From the environment file; the program itself reads none of it here.\n${layers
    .map(({ name, value }) => `${name} = ${JSON.stringify(value)}\n`)
    .join("")}`;
}

/** What such a file says, by the names. */
export function valuesInText(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...linesInText(text)].map(([name, line]) => [name, String(JSON.parse(line.slice(name.length + 3)))] as const),
  );
}

function merged(under: unknown, over: unknown): unknown {
  if (!isMapping(under) || !isMapping(over)) return over;
  const names = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(over, name) ? merged(under[name], over[name]) : under[name]]),
  );
}

/** The product's own file with an operator's settings over it: sections join, everything else takes the place. Pure. */
export function withServiceSettings(text: string, settings: Mapping): string {
  return Object.keys(settings).length === 0 ? text : stringify(merged(parse(text), settings));
}

/** Grafana's settings as variables of its container. */
export function grafanaVariables({ grafana }: Pick<ServiceSections, "grafana">): Readonly<Record<string, string>> {
  return Object.fromEntries(
    leavesOf(grafana.settings).flatMap(({ path, value }) =>
      path.length === 0 ? [] : [[`GF_${path.join("_").replaceAll(/[.-]/g, "_").toUpperCase()}`, String(value)]],
    ),
  );
}

/** Prometheus' flags as its command has them. */
export function prometheusFlags({
  prometheus: { flags = {} },
}: Pick<ServiceSections, "prometheus">): readonly string[] {
  return Object.entries(flags).map(([name, value]) => flagWord(name, String(value)));
}
