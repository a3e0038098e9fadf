import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type Role } from "../../settings/pair";
import { isStore } from "../../settings/services";
import { topologyOf, type HostStores } from "../../drills/hosts/observe";
import { roleOf, storesDiffer } from "../../evidence/observed-role";
import { contradictions } from "../failover/follow-facts";
import { readServices, type ServiceReading, type ServicesReading } from "../health/read-services";
import { readLag, type StoreSessions } from "../../drills/hosts/pair-reading";
import { bounded } from "../../drills/hosts/bounded";
import type { RunningExchange } from "../rotate/exchanges";
import { type ContainerTrouble, readOtherContainers } from "../health/other-containers";
import { readFollowings, unprotectedWords } from "../health/following";
import { type KeptOnHost, readKept } from "../salvage/read-kept";
import { readApplicationDrift, type ApplicationDrift } from "./application-drift";
import { makeRow } from "./make-row";
import type { StatusRow, StoreLag } from "./status-row";
import { readWaitingSettings, type WaitingSettings } from "./waiting-settings";
import type { LastBackups } from "../../drills/services/backup/last-backups";

/** Every service of every host at one moment, as `understudy status` shows it. */
export interface PairStatus {
  readonly readAt: string;
  readonly rows: readonly StatusRow[];
  /** What of the declared applications is missing on the primary, and what was declared once; absent where there is none of it. */
  readonly applications?: ApplicationDrift | undefined;
  /** Exchanges of secrets that have begun and have not ended; absent where nobody looked. The pair is no less well for one. */
  readonly exchanges?: readonly RunningExchange[];
  /** Containers beside the services that do not work: what watches, carries clients and keeps backups. */
  readonly troubles: readonly ContainerTrouble[];
  /**
   * Every row without a reason: healthy, in its declared role, and read in full; every other container works; and no
   * application lacks anything.
   */
  readonly good: boolean;
  /** What each host keeps of data that it gave up; a host that does not tell at once is left out. */
  readonly kept: readonly KeptOnHost[];
  /** Settings that are not in force yet, such as those that wait for a start; they do not make a pair unwell. */
  readonly waiting: readonly WaitingSettings[];
}

const LAG_MS = 8000;

/**
 * Reads every service of every host. A host that does not answer gives rows with the reason, not an error.
 * @param lastBackups the newest backups, where there is somebody to ask
 * @param interrupted the command that takes up the drill that a stack's config asks for; it resolves stores that differ
 */
export async function readPairStatus(
  environment: Environment,
  credentials: Credentials,
  declared: Readonly<Record<string, Role | undefined>>,
  lastBackups: () => Promise<LastBackups> = () => Promise.resolve(new Map()),
  interrupted?: string,
): Promise<PairStatus> {
  const hosts = namedHosts(environment);
  const [reading, backups, followings, kept, applications, waiting, troubles] = await Promise.all([
    readServices(environment, credentials),
    lastBackups(),
    Promise.all(
      hosts.map(async (host) => [host.name, hosts.length > 1 ? await readFollowings(host) : undefined] as const),
    ),
    readKept(hosts),
    readApplicationDrift(environment),
    readWaitingSettings(environment),
    readOtherContainers(environment),
  ]);
  const unprotected = ({ host, service }: ServiceReading): string | undefined =>
    isStore(service) ? unprotectedWords(new Map(followings).get(host.name)?.[service]) : undefined;
  try {
    const lag = await readStandbyLag(reading.stores);
    const resolvedBy = whatResolves(reading, declared, interrupted);
    const rows = reading.services.map((one) =>
      makeRow(one, {
        declaredRole: declared[one.host.name] ?? null,
        ...followsFacts(one, lag),
        unprotected: unprotected(one),
        resolvedBy,
        lastBackup: backups.get(`${one.host.name} ${one.service}`) ?? null,
        standIn: environment.services[one.service].stand_in ?? null,
      }),
    );
    const working = rows.every((row) => row.reason === null) && troubles.length === 0;
    const good = working && (applications?.missing ?? []).length === 0;
    return { readAt: reading.readAt, rows, ...(applications && { applications }), good, kept, waiting, troubles };
  } finally {
    reading.close();
  }
}

/**
 * What resolves declarations that the stores contradict. Where the fact is certain, the declarations follow it; else the
 * refusal of an `up` says more.
 */
function whatResolves(
  reading: ServicesReading,
  declared: Readonly<Record<string, Role | undefined>>,
  interrupted: string | undefined,
): string | undefined {
  const roles = Object.entries(declared).flatMap(([host, role]) => (role === undefined ? [] : [[host, role] as const]));
  const topology = topologyOf(reading, declared);
  if (contradictions(Object.fromEntries(roles), topology).length > 0) return "understudy settle --execute";
  return roles.some(([host]) => storesDiffer(topology, host)) ? interrupted : undefined;
}

/** What is known of the one standby that follows the one primary; undefined when the stores do not look like that. */
interface StandbyLag {
  readonly standby: string;
  readonly timescaledb: StoreLag;
  readonly redis: StoreLag;
  readonly follows: { readonly timescaledb: boolean; readonly redis: boolean };
}

async function readStandbyLag(stores: readonly HostStores[]): Promise<StandbyLag | undefined> {
  const playing = (role: Role): HostStores | undefined =>
    stores.find(({ timescaledb }) => roleOf(timescaledb.observed) === role);
  const [from, to] = [playing("primary"), playing("standby")];
  const [primary, standby] = [from && openStores(from), to && openStores(to)];
  if (!primary || !standby) return undefined;
  const reading = await bounded("replication lag", LAG_MS, readLag(primary, standby)).catch(() => undefined);
  if (reading === undefined) return undefined;
  const { lag, streaming } = reading;
  return {
    standby: standby.host.name,
    timescaledb: {
      events: lag.timescaledb.events,
      bytes: lag.timescaledb.replayBytes,
      seconds: lag.timescaledb.replaySeconds,
    },
    redis: { events: lag.redis.events, bytes: lag.redis.bytes, seconds: null },
    follows: { timescaledb: streaming !== null, redis: lag.redis.linkUp === true },
  };
}

function openStores({ host, timescaledb: { session: sql }, redis }: HostStores): StoreSessions | undefined {
  return sql && redis.session ? { host, sql, redis: redis.session } : undefined;
}

function followsFacts(
  { host, service, store }: ServiceReading,
  lag: StandbyLag | undefined,
): { lag: StoreLag | null; detached: boolean } {
  if (lag?.standby !== host.name || (service !== "timescaledb" && service !== "redis")) {
    return { lag: null, detached: false };
  }
  const isStandby = roleOf(store) === "standby";
  return { lag: isStandby ? lag[service] : null, detached: isStandby && !lag.follows[service] };
}
