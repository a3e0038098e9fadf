import { probeEndpoints } from "../../../drills/probe/endpoints";
import { redisClient } from "../../../drills/hosts/redis";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import type { Progress } from "../../host/progress";
import { LabError } from "../../host/run";

const PREFIX = "understudy-bench:size:";
/** Keys of one command. */
const BATCH = 1000;
/** Between two looks whether the standby follows. */
const FOLLOWED = 50_000;
const FOLLOWS_MS = 60_000;

/** A client of Redis on one host, and how it lets go. */
type Client = ReturnType<typeof redisClient>;

async function withRedis<T>(
  environment: Environment,
  credentials: Credentials,
  host: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const at = probeEndpoints(environment, credentials).find(({ name }) => name === host)?.redis;
  if (at === undefined) throw new LabError(`no host ${host}; next: understudy status`);
  const tls = at.tls === true ? credentials.clients?.understudy_probe : undefined;
  const client = redisClient({ socket: { host: at.host, port: at.port, tls }, password: credentials.redis });
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** The words of the command that sets keys `from` to `to`, both included. Pure. */
export function setWords(from: number, to: number): readonly string[] {
  const keys = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  return ["MSET", ...keys.flatMap((key) => [`${PREFIX}${key}`, String(key)])];
}

async function awaitFollower(client: Client): Promise<void> {
  const followers = Number(await client.sendCommand(["WAIT", "1", String(FOLLOWS_MS)]));
  if (followers < 1) throw new LabError("Redis' standby does not keep up with the filling; next: understudy status");
}

/**
 * Sets keys until there are so many of ours, no faster than the standby follows.
 * @param have how many there are already
 * @returns how many keys Redis has in all then
 * @throws LabError when the standby does not keep up; Error with Redis' words when it has no room
 */
export async function fillRedis(
  environment: Environment,
  credentials: Credentials,
  host: string,
  { have, keys }: { readonly have: number; readonly keys: number },
  progress: Progress,
): Promise<number> {
  return withRedis(environment, credentials, host, async (client) => {
    for (let from = have + 1; from <= keys; from += BATCH) {
      const to = Math.min(keys, from + BATCH - 1);
      await client.sendCommand([...setWords(from, to)]);
      if (to === keys || to % FOLLOWED === 0) await awaitFollower(client);
      if (to === keys || to % 500_000 === 0) progress(`Redis has ${to} keys of ${keys}`);
    }
    return Number(await client.sendCommand(["DBSIZE"]));
  });
}

/** Takes the keys away again. */
export async function emptyRedis(
  environment: Environment,
  credentials: Credentials,
  host: string,
  have: number,
): Promise<void> {
  await withRedis(environment, credentials, host, async (client) => {
    for (let from = 1; from <= have; from += BATCH) {
      const keys = Array.from({ length: Math.min(BATCH, have - from + 1) }, (_, at) => `${PREFIX}${from + at}`);
      await client.sendCommand(["UNLINK", ...keys]);
      if ((from - 1) % FOLLOWED === 0) await awaitFollower(client);
    }
    await awaitFollower(client);
  });
}
