import { containerName } from "../../settings/names";
import { pollUntil } from "../hosts/bounded";
import { runInContainer } from "../hosts/run-in-container";
import { openRedis } from "../hosts/sessions";
import { identifyRedis, type RedisIdentity } from "../hosts/redis";
import { followPort } from "../hosts/redis-encryption";
import { messageOf, UserError } from "../../settings/user-error";
import { redisManifestSchema } from "./manifest";
import { completeSalvage, untoldSalvages } from "./redis-salvage";
import type { RedisReturn } from "./report";
import type { RejoinContext } from "./rejoin-context";
import { summariseSalvage } from "./salvage-summary";
import { guardStatus } from "./start-containers";
import { SERVICES } from "../../settings/services";

const FOLLOWS_MS = 180_000;

/** How often the primary has brought a replica up to date. */
export type SyncCounts = Pick<RedisIdentity, "fullSyncs" | "partialSyncs">;

/** Which kind of synchronisation lies between two readings of the primary. */
export function syncBetween(before: SyncCounts, after: SyncCounts): RedisReturn["sync"] {
  if (after.fullSyncs > before.fullSyncs) return "full";
  return after.partialSyncs > before.partialSyncs ? "partial" : "unknown";
}

/**
 * Brings Redis back to following the primary, and compares what was saved of it before. Safe to run again.
 * @param before the primary's counts from before anything was started
 */
export async function returnRedis(context: RejoinContext, before: SyncCounts): Promise<RedisReturn> {
  const untold = await untoldSalvages(context);
  const moved = await follow(context);
  for (const name of untold.length > 0 ? untold : await untoldSalvages(context)) await completeSalvage(context, name);
  const names = await untoldSalvages(context);
  const sync = syncBetween(before, await identifyRedis(context.primaryRedis));
  const name = names.at(-1);
  if (name === undefined) {
    return {
      how: moved || sync !== "unknown" ? "followed" : "already-following",
      sync,
      keys: null,
      sample: null,
      salvage: null,
    };
  }
  const { manifest, summary } = await summariseSalvage(context.engine, "redis", name, redisManifestSchema);
  return { how: "followed", sync, keys: manifest.keys, sample: manifest.sample, salvage: summary };
}

/** Waits until Redis follows the primary. True when it had to be told. @throws UserError with the guard's reason when it does not */
async function follow(context: RejoinContext): Promise<boolean> {
  const { engine, host, peer, phase } = context;
  const status = await guardStatus(engine, "redis");
  let told = false;
  if (status.startsWith("held empty")) {
    phase(`${host.name}: Redis has no data and becomes a standby`);
    await runInContainer(engine.docker, containerName("redis"), [
      "sh",
      "-c",
      `printf 'standby\\n' > ${SERVICES.redis.guardFolder}/init`,
    ]);
    told = true;
  }
  const guard = SERVICES.redis.guardFolder;
  const adopts = `[ -f "$1/stranger" ] && : > "$1/adopt" && echo told || :`;
  if (
    (await runInContainer(engine.docker, containerName("redis"), ["sh", "-c", adopts, "sh", guard])).trim() === "told"
  ) {
    phase(`${host.name}: Redis has other data than ${peer.name}: they are kept aside, and it follows`);
    told = true;
  }
  const { reading, reached } = await pollUntil(
    async () => {
      const said = await lookOrTell(context).catch(messageOf);
      if (said === "told") told = true;
      return said;
    },
    (said) => said === "follows",
    { deadlineMs: FOLLOWS_MS, pauseMs: 250 },
  );
  if (reached) return told;
  throw new UserError(
    `Redis on ${host.name} does not follow ${peer.name}: ${reading}; its boot guard says: ${await guardStatus(engine, "redis")}`,
    `understudy rejoin ${host.name} --execute`,
  );
}

/** `follows`, `told` when it followed somebody else and was told to follow the primary, or what it is at. */
async function lookOrTell({ host, peer, environment, credentials }: RejoinContext): Promise<string> {
  const redis = await openRedis(host, environment, credentials);
  try {
    const { role, follows } = await identifyRedis(redis);
    if (role === "primary") throw new Error("it is a primary");
    const port = await followPort(redis, environment);
    if (follows?.host !== peer.replication_address || follows.port !== port) {
      await redis.command("REPLICAOF", peer.replication_address, String(port));
      await redis.command("CONFIG", "REWRITE");
      return "told";
    }
    return follows.linkUp ? "follows" : "its link to the primary is down";
  } finally {
    redis.close();
  }
}
