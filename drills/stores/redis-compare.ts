import { isDeepStrictEqual } from "node:util";
import { EVENTS_STREAM } from "../../settings/names";
import type { RedisProof } from "../evidence/document";
import type { RedisSession } from "./redis";

const PAGE = 5000;
const SAMPLE = 200;
/** Keys with more elements than this are compared by their size only. */
const ELEMENTS = 10_000;
const ATTEMPTS = 3;

/**
 * Compares what both servers hold: the journal stream in full, other keys by a bounded random sample. A key that differs
 * is read again, since writes may be on their way; it counts only if it differs every time.
 */
export async function compareRedis(
  primary: RedisSession,
  standby: RedisSession,
): Promise<NonNullable<RedisProof["contentCompared"]>> {
  const journal = await compareJournal(primary, standby);
  const keys = await sampleKeys(primary);
  let differing = journal.differing;
  for (const key of keys) {
    if (
      !(await equalSoon(
        () => read(primary, key),
        () => read(standby, key),
      ))
    )
      differing += 1;
  }
  return { journalEntries: journal.entries, sampledKeys: keys.length, differing };
}

async function compareJournal(
  primary: RedisSession,
  standby: RedisSession,
): Promise<{ entries: number; differing: number }> {
  let from = "-";
  let entries = 0;
  let differing = 0;
  for (;;) {
    const page = (session: RedisSession): Promise<unknown> =>
      session.command("XRANGE", EVENTS_STREAM, from, "+", "COUNT", String(PAGE));
    const [ours, theirs] = (await Promise.all([page(primary), page(standby)])) as [
      [string, unknown][],
      [string, unknown][],
    ];
    entries += ours.length;
    const theirsById = new Map(theirs);
    differing += ours.filter(([id, fields]) => !isDeepStrictEqual(theirsById.get(id), fields)).length;
    const last = ours.at(-1);
    if (ours.length < PAGE || last === undefined) return { entries, differing };
    from = `(${last[0]}`;
  }
}

async function sampleKeys(session: RedisSession): Promise<string[]> {
  const keys = new Set<string>();
  for (let turn = 0; turn < SAMPLE; turn += 1) {
    const key = (await session.command("RANDOMKEY")) as string | null;
    if (key !== null && key !== EVENTS_STREAM) keys.add(key);
  }
  return [...keys];
}

async function equalSoon(left: () => Promise<unknown>, right: () => Promise<unknown>): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [one, other] = await Promise.all([left(), right()]);
    if (isDeepStrictEqual(one, other)) return true;
  }
  return false;
}

const SIZE: Readonly<Record<string, string>> = {
  list: "LLEN",
  hash: "HLEN",
  set: "SCARD",
  zset: "ZCARD",
  stream: "XLEN",
};

async function read(session: RedisSession, key: string): Promise<unknown> {
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
