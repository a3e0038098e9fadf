import { readFileSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { postgresLayers, redisLayers, type LayeredSetting } from "../../settings/server/layers";
import { ownLeaves, serviceLayers, startsAnew, valuesInText } from "../../settings/server/service-settings";
import { OTHER_SERVICES, type OtherService, type ServiceName, type StoreName } from "../../settings/services";
import { driftOf, HOW, type Drift } from "./drift";
import { readSettings, type HostSettings } from "./read-settings";
import { ownText } from "./service-plan";

/** One setting of a service, and where its value comes from. */
export interface ShownSetting {
  readonly store: ServiceName;
  readonly name: string;
  /** As it is declared. */
  readonly value: string;
  readonly from: string;
  /** What a change of it takes; null where no server said. */
  readonly takes: "reload" | "restart" | null;
  /** What each host's server has now, by host; null where it does not say, or what it says is the reading's own. */
  readonly running: Readonly<Record<string, string | null>>;
  /** The hosts whose server waits to be started anew for it. */
  readonly waiting: readonly string[];
}

/** Every setting that anybody has said something about. */
export interface SettingsShown {
  readonly environment: string;
  readonly settings: readonly ShownSetting[];
  /** What somebody has set on a server itself. */
  readonly byHand: readonly Drift[];
  /** The servers that do not say how they are set, and why. */
  readonly unread: readonly string[];
}

const CONFIGS = path.resolve(__dirname, "../../configs");
const OWN_FILES: Readonly<Record<StoreName, { readonly file: string; readonly line: RegExp }>> = {
  timescaledb: { file: "timescaledb/postgresql.conf", line: /^([a-z_.]+) = (.*)$/ },
  redis: { file: "redis/redis.conf", line: /^([a-z-]+) (.*)$/ },
};

type Sourced = Pick<LayeredSetting, "name" | "value" | "from">;

/** What the product itself sets, with a value of the environment where a line has a place for one. */
function ownSettings(store: StoreName): readonly Sourced[] {
  const { file, line } = OWN_FILES[store];
  return readFileSync(path.join(CONFIGS, file), "utf8")
    .split("\n")
    .flatMap((one) => {
      const [, name, value = ""] = line.exec(one) ?? [];
      if (name === undefined || name === "include") return [];
      const filled = value.includes("${");
      return [
        {
          name,
          value: filled ? "" : value.replace(/^'(.*)'$/, "$1"),
          from: filled ? "the product, from the environment file" : "the product",
        },
      ];
    });
}

/** Reads every host and puts what is declared beside it; changes nothing. */
export async function showSettings(environment: Environment): Promise<SettingsShown> {
  return shownSettings(environment, await readSettings(namedHosts(environment)));
}

/** Pure, but for the product's own files. */
export function shownSettings(environment: Environment, all: readonly HostSettings[]): SettingsShown {
  const byHand = all.flatMap(driftOf);
  const layered: Readonly<Record<StoreName, readonly Sourced[]>> = {
    timescaledb: postgresLayers(environment),
    redis: redisLayers(environment),
  };
  const rows = (["timescaledb", "redis"] as const).flatMap((store) => {
    const declared = layered[store];
    const names = new Set(declared.map(({ name }) => name));
    const own = ownSettings(store).filter(({ name }) => !names.has(name));
    const known = new Set([...names, ...own.map(({ name }) => name)]);
    const others = new Map(
      byHand.filter((one) => one.store === store && !known.has(one.name)).map((one) => [one.name, one]),
    );
    const alone = [...others.values()].map(({ name, declared: value }) => ({
      name,
      value: value ?? "",
      from: "the server",
    }));
    return [...own, ...declared, ...alone].map((one) => shownSetting(store, one, all, byHand));
  });
  const unread = all.flatMap(({ host, timescaledb, redis, services }) => [
    ...(typeof timescaledb === "string" ? [`${host.name} timescaledb: ${timescaledb}`] : []),
    ...(typeof redis === "string" ? [`${host.name} redis: ${redis}`] : []),
    ...OTHER_SERVICES.flatMap((service) => {
      const read = services[service];
      return "unread" in read ? [`${host.name} ${service}: ${read.unread}`] : [];
    }),
  ]);
  const others = OTHER_SERVICES.flatMap((service) => serviceRows(environment, service, all));
  return { environment: environment.name, settings: [...rows, ...others], byHand, unread };
}

function shownSetting(
  store: StoreName,
  one: Sourced,
  all: readonly HostSettings[],
  byHand: readonly Drift[],
): ShownSetting {
  const { name, value } = one;
  const handed = byHand.filter((drift) => drift.store === store && drift.name === name).map(({ host }) => host);
  const from = handed.length === 0 ? one.from : `${one.from}; ${HOW[store]} on ${handed.join(", ")}`;
  const secret = byHand.some((drift) => drift.store === store && drift.name === name && !drift.shown);
  const running = all.map(({ host, timescaledb, redis }): [string, string | null] => {
    const read = store === "timescaledb" ? timescaledb : redis;
    if (typeof read === "string" || secret) return [host.name, null];
    const has = "running" in read ? read.running.get(name) : read.values.get(name)?.value;
    return [host.name, has ?? null];
  });
  const takes = all.map(({ timescaledb, redis }) => {
    if (store === "redis")
      return typeof redis === "string" || !redis.differences.some((it) => it.name === name && it.atStart)
        ? null
        : "restart";
    const read = typeof timescaledb === "string" ? undefined : timescaledb.values.get(name);
    return read === undefined ? null : read.atStart ? ("restart" as const) : ("reload" as const);
  });
  const waiting = all.flatMap(({ host, timescaledb, redis }) => {
    const waits =
      store === "timescaledb"
        ? typeof timescaledb !== "string" && timescaledb.values.get(name)?.pending === true
        : typeof redis !== "string" && redis.differences.some((it) => it.name === name && it.atStart);
    return waits ? [host.name] : [];
  });
  return {
    store,
    name,
    value,
    from,
    takes: takes.find((it) => it !== null) ?? null,
    running: Object.fromEntries(running),
    waiting,
  };
}

/**
 * A service that is no store: what the product's own file sets, and over it what the environment file does. Of what a host
 * has, its container's file of the operator's settings is shown; nobody asks the program itself.
 */
function serviceRows(
  environment: Environment,
  service: OtherService,
  all: readonly HostSettings[],
): readonly ShownSetting[] {
  const layers = serviceLayers(environment, service);
  const declared = new Set(layers.map(({ name }) => name));
  const text = ownText(service);
  const own = (text === undefined ? [] : ownLeaves(text)).filter(({ name }) => !declared.has(name));
  const values = all.map(({ host, services }) => {
    const read = services[service];
    return { host: host.name, has: "unread" in read ? undefined : valuesInText(read.text ?? "") };
  });
  const takes = (name: string): "reload" | "restart" => (startsAnew(service, name) ? "restart" : "reload");
  return [...own.map((one) => ({ ...one, from: "the product" })), ...layers].map(({ name, value, from }) => ({
    ...{ store: service, name, value, from, takes: takes(name), waiting: [] },
    running: Object.fromEntries(values.map(({ host, has }) => [host, has?.get(name) ?? null])),
  }));
}
