import type { StoreName } from "./services";

/** One driver that a client load can be made of. */
export interface ClientDriver {
  readonly store: StoreName;
  /** What its load process runs under, on the operator's machine. */
  readonly runs: "node" | "python3";
  /** The package that has to be there, by the name under which it is installed. */
  readonly package: string;
  /** Whether it sends a statement again by itself: `off` where that is turned off or it never does, `counted` where each is counted. */
  readonly resends: "off" | "counted";
  /** What a load does with it, in the words of its own interface. */
  readonly how: string;
}

/** The drivers, by the name that `--with-clients` takes. They know nothing of a drill. */
export const CLIENT_DRIVERS = {
  "node-postgres": {
    store: "timescaledb",
    runs: "node",
    package: "pg",
    resends: "off",
    how: "one `Client` each; it takes one host, so both are asked in turn for `pg_is_in_recovery()`",
  },
  psycopg2: {
    store: "timescaledb",
    runs: "python3",
    package: "python3-psycopg2",
    resends: "off",
    how: "one connection each, autocommit, libpq's list of hosts with `target_session_attrs=read-write`",
  },
  "node-redis": {
    store: "redis",
    runs: "node",
    package: "@redis/client",
    resends: "off",
    how: "one client each, `reconnectStrategy: false`, `disableOfflineQueue: true`; both hosts are asked in turn for `ROLE`",
  },
  "redis-py": {
    store: "redis",
    runs: "python3",
    package: "python3-redis",
    resends: "off",
    how: "one connection each, `retry_on_timeout=False` and no `Retry`; both hosts are asked in turn for `ROLE`",
  },
} as const satisfies Readonly<Record<string, ClientDriver>>;

/** The name of one of them. */
export type ClientDriverName = keyof typeof CLIENT_DRIVERS;

/** All of them. */
export const CLIENT_DRIVER_NAMES = Object.keys(CLIENT_DRIVERS) as readonly ClientDriverName[];

/** What is known of a driver; undefined of one that is not in the table. */
export function clientDriver(name: string): ClientDriver | undefined {
  return Object.hasOwn(CLIENT_DRIVERS, name) ? CLIENT_DRIVERS[name as ClientDriverName] : undefined;
}
