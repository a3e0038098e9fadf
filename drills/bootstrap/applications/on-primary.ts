import type { NamedHost } from "../../../settings/pair";
import { messageOf } from "../../../settings/user-error";
import { bounded } from "../../hosts/bounded";
import { connectEngine } from "../../hosts/engine";
import { localServer, type LocalServer } from "../../hosts/local-postgres";
import { applyApplications, type Applied } from "./apply";
import { planApplications, type ApplicationsPlan } from "./plan";
import { readServer, type OpenDatabase } from "./read";
import type { Wanted } from "./step";

/** Longest that a host is waited for: by who changes something, and by who only reads; milliseconds. */
const ASKED_MS = { apply: 20_000, plan: 8000 } as const;

/** No host has a container of PostgreSQL: the pair was not brought up yet, or was taken down. */
export class NoServers extends Error {}

/** What one host's server said of itself. */
interface Asked {
  readonly host: string;
  readonly open: OpenDatabase;
  /** Undefined: nobody knows, see `why`. */
  readonly standby: boolean | undefined;
  readonly why: string;
  /** Whether the host's engine answered that there is no such container. */
  readonly absent?: boolean;
}

async function ask(host: NamedHost, server: LocalServer, milliseconds: number): Promise<Asked> {
  const open: OpenDatabase = (database) => server.open(database);
  const standby = async (): Promise<boolean | undefined> => {
    const sql = await open();
    const { rows } = await sql.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
    await sql.end();
    return rows[0]?.standby;
  };
  try {
    return { host: host.name, open, standby: await bounded("PostgreSQL", milliseconds, standby()), why: "" };
  } catch (error) {
    const absent = (error as { statusCode?: number }).statusCode === 404;
    return { host: host.name, open, standby: undefined, why: messageOf(error), absent };
  }
}

/** The one primary among those that were asked. Pure. @throws Error when there is none, or more than one; NoServers */
export function onlyPrimary(asked: readonly Asked[]): Asked {
  const primaries = asked.filter(({ standby }) => standby === false);
  const [primary] = primaries;
  if (primary !== undefined && primaries.length === 1) return primary;
  const words = primary === undefined ? "no host is primary that can be asked" : "both hosts are primary";
  const reasons = asked.flatMap(({ host, why }) => (why === "" ? [] : [`${host}: ${why}`]));
  const told = [words, ...reasons].join("; ");
  throw asked.every(({ absent }) => absent === true) ? new NoServers(told) : new Error(told);
}

/** The first that says it is primary; who only reads waits for nobody else. */
async function firstPrimary(asking: readonly Promise<Asked>[]): Promise<Asked> {
  const primary = asking.map(async (one) => onlyPrimary([await one]));
  return Promise.any(primary).catch(async () => onlyPrimary(await Promise.all(asking)));
}

/** Does something on the host whose server is primary, as its superuser over its local socket. */
async function onPrimary<T>(
  hosts: readonly NamedHost[],
  what: keyof typeof ASKED_MS,
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  const engines = hosts.map((host) => connectEngine(host));
  const servers = engines.map(({ docker }, at) => localServer(docker, hosts[at]?.name ?? ""));
  try {
    const asking = servers.map((server, at) => ask(hosts[at] as NamedHost, server, ASKED_MS[what]));
    const primary = what === "plan" ? await firstPrimary(asking) : onlyPrimary(await Promise.all(asking));
    return await work(primary.open);
  } finally {
    for (const one of [...servers, ...engines]) one.close();
  }
}

/** Compares what is declared with what the primary has; changes nothing. @throws Error where no primary can be asked */
export function planOnPrimary(hosts: readonly NamedHost[], wanted: Wanted): Promise<ApplicationsPlan> {
  return onPrimary(hosts, "plan", async (open) =>
    planApplications(wanted, await readServer(open, wanted.applications)),
  );
}

/**
 * Makes what is declared on the primary, once every host was asked.
 * @throws Error as `applyApplications`, and where none is primary, or both are: nothing was done then
 */
export function applyOnPrimary(hosts: readonly NamedHost[], wanted: Wanted): Promise<Applied> {
  return onPrimary(hosts, "apply", (open) => applyApplications(open, wanted));
}
