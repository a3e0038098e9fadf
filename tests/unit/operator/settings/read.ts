import type { PostgresLineRead, PostgresSettings } from "../../../../drills/hosts/server-settings/postgres-settings";
import type { RedisSettings } from "../../../../drills/hosts/server-settings/redis-settings";
import type { ServiceTexts } from "../../../../drills/hosts/server-settings/service-settings";
import { OTHER_SERVICES } from "../../../../settings/services";
import type { HostSettings } from "../../../../operator/settings/read-settings";
import type { NamedHost } from "../../../../settings/pair";
import { USUAL_LIMITS } from "../../../../settings/server/postgres-managed";

/** What a PostgreSQL says of itself: the product's own limits, and whatever else is given. */
export function postgresRead(
  host: string,
  given: {
    readonly standby?: boolean;
    readonly text?: string | null;
    readonly running?: Readonly<Record<string, string>>;
    readonly pending?: readonly string[];
    /** Set by ALTER SYSTEM. */
    readonly auto?: Readonly<Record<string, string>>;
  } = {},
): PostgresSettings {
  const { standby = false, text = null, running = {}, pending = [], auto = {} } = given;
  const atStart = (name: string): boolean => name in USUAL_LIMITS || name === "shared_buffers";
  const usual = Object.entries(USUAL_LIMITS).map(([name, value]): [string, string] => [name, String(value)]);
  const all = { ...Object.fromEntries(usual), shared_buffers: "128MB", work_mem: "4MB", ...running };
  const values = Object.entries(all).map(([name, value]) => ({
    ...{ name, value, raw: value, atStart: atStart(name), pending: pending.includes(name), text: false },
  }));
  const lines = Object.entries(auto).map(([name, value]): PostgresLineRead => ({
    name,
    value,
    file: "auto",
    error: null,
  }));
  return {
    ...{ host, standby, linked: standby ? true : null, text },
    values: new Map(values.map((one) => [one.name, one])),
    lines: new Map(lines.map((one) => [one.name, one])),
  };
}

/** What a Redis says of itself. */
export function redisRead(host: string, given: Partial<RedisSettings> = {}): RedisSettings {
  const text = "# Over what the product needs; `understudy settings` says where each comes from.\n";
  return { host, standby: false, linked: null, running: new Map(), differences: [], text, ...given };
}

/** Containers of services in which no operator has set anything. */
export const NO_SETTINGS = Object.fromEntries(
  OTHER_SERVICES.map((one) => [one, { text: null }]),
) as unknown as ServiceTexts;

/** A host's settings as they are read. */
export function hostSettings(name: string, given: Partial<Omit<HostSettings, "host">> = {}): HostSettings {
  return {
    host: { name } as NamedHost,
    timescaledb: postgresRead(name),
    redis: redisRead(name),
    services: NO_SETTINGS,
    ...given,
  };
}
