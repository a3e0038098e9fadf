import type { RedisSession } from "../hosts/redis";

/** Keys with more elements than this are compared by their size only. */
const ELEMENTS = 10_000;

const SIZE: Readonly<Record<string, string>> = {
  list: "LLEN",
  hash: "HLEN",
  set: "SCARD",
  zset: "ZCARD",
  stream: "XLEN",
};

/** Type and contents of one key; of a large one its size only. */
export async function readKey(session: RedisSession, key: string): Promise<unknown> {
  const type = String(await session.command("TYPE", key));
  if (type === "string") return [type, await session.command("GET", key)];
  const size = SIZE[type];
  if (size === undefined) return [type];
  const elements = Number(await session.command(size, key));
  if (elements > ELEMENTS) return [type, elements];
  switch (type) {
    case "list":
      return [type, await session.command("LRANGE", key, "0", "-1")];
    case "zset":
      return [type, await session.command("ZRANGE", key, "0", "-1", "WITHSCORES")];
    case "stream":
      return [type, await session.command("XRANGE", key, "-", "+")];
    case "set":
      return [type, ((await session.command("SMEMBERS", key)) as string[]).sort()];
    default:
      return [type, pairs((await session.command("HGETALL", key)) as string[])];
  }
}

function pairs(flat: readonly string[]): string[][] {
  const result: string[][] = [];
  for (let at = 0; at < flat.length; at += 2) result.push(flat.slice(at, at + 2));
  return result.sort((left, right) => ((left[0] ?? "") < (right[0] ?? "") ? -1 : 1));
}
