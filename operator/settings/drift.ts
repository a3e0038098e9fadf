import type { PostgresSettings } from "../../drills/hosts/server-settings/postgres-settings";
import type { StoreName } from "../../settings/services";
import type { HostSettings } from "./read-settings";

/** A setting that somebody has set on a server itself, over what is declared or until its next start. */
export interface Drift {
  readonly host: string;
  readonly store: StoreName;
  readonly name: string;
  /** As the server has it, or will have it. */
  readonly value: string;
  /** What it would be without that; null where nobody says. */
  readonly declared: string | null;
  /** Whether the value may be shown: text may hold a secret. */
  readonly shown: boolean;
}

/** How it was set. */
export const HOW: Readonly<Record<StoreName, string>> = { timescaledb: "ALTER SYSTEM", redis: "CONFIG SET" };

/** Everything of a host that was set by hand. Pure. */
export function driftOf({ host, timescaledb, redis }: HostSettings): readonly Drift[] {
  const postgres = typeof timescaledb === "string" ? [] : postgresDrift(host.name, timescaledb);
  const others = typeof redis === "string" ? [] : redis.differences.filter(({ atStart }) => !atStart);
  return [
    ...postgres,
    ...others.map(({ name, running, next }) => ({
      ...{ host: host.name, store: "redis" as const, name, value: running, declared: next, shown: true },
    })),
  ];
}

function postgresDrift(host: string, { lines, values }: PostgresSettings): readonly Drift[] {
  return [...lines.values()]
    .filter(({ file }) => file === "auto")
    .map(({ name, value }) => ({
      ...{ host, store: "timescaledb" as const, name, value: value ?? "", declared: null },
      shown: values.get(name)?.text === false,
    }));
}

/** How one is told, in words. Pure. */
export function driftWords({ store, name, value, declared, shown }: Drift): string {
  const to = shown ? ` to ${value}` : "";
  const instead =
    store === "redis" && declared !== null
      ? `; its next start makes it ${declared === "" ? "empty" : declared} again`
      : ", which counts over what is declared";
  return `${HOW[store]} has set ${name}${to}${instead}`;
}

/** What one host has otherwise than the other, by name. Pure. */
export function unequalDrift(all: readonly Drift[], hosts: readonly string[]): readonly string[] {
  if (hosts.length < 2) return [];
  const names = [...new Set(all.map(({ store, name }) => `${store} ${name}`))];
  return names.filter((one) => {
    const found = all.filter(({ store, name }) => `${store} ${name}` === one);
    return new Set(found.map(({ value }) => value)).size > 1 || found.length < hosts.length;
  });
}
