import type { z } from "zod";
import { tunedPostgres } from "./postgres-tuned";
import { REDIS_SEVERAL_WORDS } from "./redis-managed";
import { postgresWord, redisWord, type redisSchema, type timescaledbSchema } from "./section";

/** Where a setting's value comes from: what the container has, or what an operator wrote. */
export type Layer = "tuned" | "environment file";

/** One setting that is layered over what the product needs. */
export interface LayeredSetting {
  readonly name: string;
  readonly value: string;
  readonly layer: Layer;
  /** What it follows from, or the field that has it. */
  readonly from: string;
}

/** What of an environment file says how its servers are set. */
export interface ServerSections {
  readonly services: { readonly timescaledb: { readonly memory_mib: number } };
  readonly timescaledb: z.infer<typeof timescaledbSchema>;
  readonly redis: z.infer<typeof redisSchema>;
}

/** Connections of a server of which nobody says how many. */
const USUAL_CONNECTIONS = 100;

/** The name of the setting that `timescaledb.preload` becomes. */
export const PRELOAD = "shared_preload_libraries";

/** What PostgreSQL is set to over what the product needs; of a name the last one counts, and it is there once. */
export function postgresLayers({ services, timescaledb }: ServerSections): readonly LayeredSetting[] {
  const { cores, preload, settings } = timescaledb;
  const connections = Number(settings["max_connections"] ?? USUAL_CONNECTIONS);
  const tuned = tunedPostgres({ memoryMib: services.timescaledb.memory_mib, cores, connections });
  const given = Object.entries(settings).map(([name, value]): LayeredSetting => ({
    name,
    value: postgresWord(value),
    layer: "environment file",
    from: `timescaledb.settings.${name}`,
  }));
  const loaded: readonly LayeredSetting[] =
    preload.length === 0
      ? []
      : [{ name: PRELOAD, value: preload.join(","), layer: "environment file", from: "timescaledb.preload" }];
  return [
    ...tuned.filter(({ name }) => !Object.hasOwn(settings, name)).map((one) => ({ ...one, layer: "tuned" as const })),
    ...loaded,
    ...given,
  ];
}

/** What Redis is set to over what the product needs. */
export function redisLayers({ redis }: Pick<ServerSections, "redis">): readonly LayeredSetting[] {
  return Object.entries(redis.settings).map(([name, value]) => ({
    name,
    value: redisWord(value),
    layer: "environment file",
    from: `redis.settings.${name}`,
  }));
}

/** The line of a configuration file of PostgreSQL. */
export function postgresLine({ name, value }: Pick<LayeredSetting, "name" | "value">): string {
  return `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** The line of a configuration file of Redis. */
export function redisLine({ name, value }: Pick<LayeredSetting, "name" | "value">): string {
  const quoted = (word: string): string => `"${word.replaceAll(/["\\]/g, "\\$&")}"`;
  const words = REDIS_SEVERAL_WORDS.includes(name) ? value.trim().split(/\s+/) : [value];
  return `${name} ${words.map(quoted).join(" ")}`;
}

const HEADS: Readonly<Record<Layer, string>> = {
  tuned: "# From the container's memory and the declared cores.",
  "environment file": "# From the environment file.",
};

/** The text of a file of settings; each layer has a heading. */
export function settingsText(layers: readonly LayeredSetting[], line: (one: LayeredSetting) => string): string {
  const parts = (Object.keys(HEADS) as Layer[]).flatMap((layer) => {
    const lines = layers.filter((one) => one.layer === layer).map(line);
    return lines.length === 0 ? [] : [HEADS[layer], ...lines];
  });
  return `${["# Over what the product needs; `understudy settings` says where each comes from.", ...parts].join("\n")}\n`;
}

/** The settings of PostgreSQL as its container has them, in the file `SETTINGS_FILE`. */
export function postgresSettingsText(sections: ServerSections): string {
  return settingsText(postgresLayers(sections), postgresLine);
}

/** The settings of Redis as its container has them, in the file `SETTINGS_FILE`. */
export function redisSettingsText(sections: Pick<ServerSections, "redis">): string {
  return settingsText(redisLayers(sections), redisLine);
}

/** The name of that file among a container's own. */
export const SETTINGS_FILE = "settings.conf";

/** The names of a file's settings, by the layer that has them. Of a file of another version, none. */
export function namesInText(text: string): ReadonlyMap<string, Layer> {
  let layer: Layer | undefined;
  const names = new Map<string, Layer>();
  for (const line of text.split("\n")) {
    const head = (Object.keys(HEADS) as Layer[]).find((one) => HEADS[one] === line);
    if (head !== undefined) layer = head;
    const name = /^([a-z_][a-z0-9_.-]*) /.exec(line)?.[1];
    if (name !== undefined && layer !== undefined) names.set(name, layer);
  }
  return names;
}

/** The lines of a file's settings, by their names. */
export function linesInText(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const name = /^([a-z_][a-z0-9_.-]*) /.exec(line)?.[1];
      return name === undefined ? [] : [[name, line] as const];
    }),
  );
}
