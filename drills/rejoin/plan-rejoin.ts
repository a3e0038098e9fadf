import { pollUntil } from "../hosts/bounded";
import { openRedis } from "../hosts/sessions";
import { slotName } from "../../settings/names";
import { streamingTo } from "../hosts/postgres";
import { identifyRedis } from "../hosts/redis";
import { messageOf } from "../../settings/user-error";
import { AgentLink } from "./agent-link";
import type { DivergedContent } from "./diverged";
import { planPostgres } from "./postgres-plan";
import type { RejoinContext } from "./rejoin-context";
import { stoppedStores, withRejoin, type RejoinOptions } from "./rejoin";
import { guardStatus } from "./start-containers";
import type { StoreName } from "../../settings/services";

/** What `--execute` would do with one store, and why. */
export interface PlannedStore {
  readonly store: StoreName;
  readonly action: "none" | "start" | "wait" | "follow" | "rewind" | "clone" | "refuse";
  readonly why: string;
  /** The command that would help, where a return is refused. */
  readonly next?: string;
  /** What diverged of PostgreSQL; null when nothing did, or when it could not be read. */
  readonly diverged?: DivergedContent | null;
}

/** What a return would do with both stores of a host; the dry run's answer. */
export interface RejoinPlan {
  readonly host: string;
  readonly primary: string;
  readonly stores: readonly PlannedStore[];
}

const AT_ONCE_MS = 2000;

/** The dry run: reads both hosts and changes nothing. @throws UserError when a return must not be tried */
export function planRejoin(options: RejoinOptions): Promise<RejoinPlan> {
  return withRejoin(options, async (context) => {
    const stopped = await stoppedStores(context.engine, context.host.name);
    const stores = [
      stopped.includes("timescaledb") ? asleep("timescaledb") : await plannedPostgres(context),
      stopped.includes("redis") ? asleep("redis") : await plannedRedis(context),
    ];
    return { host: context.host.name, primary: context.peer.name, stores };
  });
}

function asleep(store: PlannedStore["store"]): PlannedStore {
  return { store, action: "start", why: "its container is stopped; it is started fenced, then looked at" };
}

async function plannedPostgres(context: RejoinContext): Promise<PlannedStore> {
  const { primarySql, host, peer } = context;
  const { reached } = await pollUntil(
    () => streamingTo(primarySql, slotName(host.name)),
    (streaming) => streaming?.state === "streaming",
    { deadlineMs: AT_ONCE_MS, pauseMs: 250 },
  );
  if (reached) return { store: "timescaledb", action: "none", why: `it streams from ${peer.name}` };
  const agent = new AgentLink(context.engine.docker, host.name);
  try {
    const { decision, content } = await planPostgres(context, agent);
    const next = decision.action === "refuse" ? { next: decision.next } : {};
    return { store: "timescaledb", action: decision.action, why: decision.why, ...next, diverged: content };
  } finally {
    agent.close();
  }
}

async function plannedRedis({ engine, host, peer, environment, credentials }: RejoinContext): Promise<PlannedStore> {
  const status = await guardStatus(engine, "redis");
  if (status.startsWith("held")) return { store: "redis", action: "follow", why: `its boot guard says: ${status}` };
  try {
    const redis = await openRedis(host, environment, credentials);
    const { follows } = await identifyRedis(redis).finally(() => redis.close());
    if (follows?.linkUp === true && follows.host === peer.replication_address) {
      return { store: "redis", action: "none", why: `it follows ${peer.name}` };
    }
    return { store: "redis", action: "follow", why: `it is a standby that does not follow ${peer.name} yet` };
  } catch (error) {
    return { store: "redis", action: "follow", why: messageOf(error) };
  }
}
