import { containerName, volumeName } from "../../settings/names";
import { bounded, pollUntil } from "../hosts/bounded";
import type { HostEngine } from "../hosts/engine";
import type { RedisSession } from "../hosts/redis";
import { messageOf } from "../../settings/user-error";
import { openCliSession } from "../hosts/redis-cli-session";
import { salvageFolder } from "./salvage-summary";

const NAME = "understudy-redis-salvage";
const SOCKET = "/tmp/redis.sock";
const ENGINE_MS = 30_000;
const LOADED_MS = 300_000;

/** Works on a copy of the copy: a server may cut a torn end off its append-only file. */
const SCRIPT = `set -e
cp -r "$1" /tmp/data
aof=no; [ ! -d /tmp/data/appendonlydir ] || aof=yes
exec redis-server --port 0 --unixsocket ${SOCKET} --dir /tmp/data --save '' --appendonly "$aof" --appendfsync no \
  --auto-aof-rewrite-percentage 0`;

/**
 * Runs a server on a copy of one salvage, in a container of its own without any network, for as long as `use` takes.
 * The salvage itself is mounted read-only, and the host's Redis is not touched.
 */
export async function withIsolatedRedis<T>(
  { docker }: HostEngine,
  salvage: string,
  use: (session: RedisSession) => Promise<T>,
): Promise<T> {
  const {
    Image: image,
    Config: config,
    HostConfig: limits,
  } = await bounded("Docker engine", ENGINE_MS, docker.getContainer(containerName("redis")).inspect());
  const remove = (): Promise<unknown> =>
    docker
      .getContainer(NAME)
      .remove({ force: true, v: true })
      .catch(() => undefined);
  await remove();
  const container = await docker.createContainer({
    name: NAME,
    Image: image,
    User: config.User,
    Entrypoint: ["/bin/sh", "-c", SCRIPT, "sh"],
    Cmd: [salvageFolder("redis", salvage)],
    HostConfig: {
      NetworkMode: "none",
      Binds: [`${volumeName("redis")}:/data:ro`],
      Memory: limits.Memory ?? 0,
      MemorySwap: limits.Memory ?? 0,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
    },
  });
  try {
    await bounded("start of the isolated Redis", ENGINE_MS, container.start());
    const session = await loaded(() => openCliSession(docker, NAME, SOCKET));
    try {
      return await use(session);
    } finally {
      session.close();
    }
  } finally {
    await remove();
  }
}

/** A server that has read its data; while it reads it answers LOADING. */
async function loaded(open: () => Promise<RedisSession>): Promise<RedisSession> {
  let why = "";
  const { reading } = await pollUntil(
    async () => {
      const session = await open().catch((error: unknown) => void (why = messageOf(error)));
      if (session === undefined) return undefined;
      try {
        await session.command("DBSIZE");
        return session;
      } catch (error) {
        why = messageOf(error);
        session.close();
        return undefined;
      }
    },
    (session) => session !== undefined,
    { deadlineMs: LOADED_MS, pauseMs: 500 },
  );
  if (reading === undefined) throw new Error(`the saved data could not be loaded: ${why}`);
  return reading;
}
