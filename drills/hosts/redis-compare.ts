import { isDeepStrictEqual } from "node:util";
import { EVENTS_STREAM } from "../../settings/names";
import type { RedisProof } from "../../evidence/document";
import type { RedisSession } from "./redis";

const PAGE = 5000;
const SAMPLE = 200;
/** Keys with more elements than this are compared by their size only. */
const ELEMENTS = 10_000;
const ATTEMPTS = 3;

/**
 * Compares what both servers hold: the journal stream in full, other keys by a bounded random sample. What differs is
 * read again, since writes may be on their way; it counts only if it differs every time.
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
        () => readKey(primary, key),
        () => readKey(standby, key),
      ))
    )
      differing += 1;
  }
  return { journalEntries: journal.entries, sampledKeys: keys.length, differing };
}

interface ComparedEntries {
  readonly entries: number;
  readonly differing: number;
}

async function compareJournal(primary: RedisSession, standby: RedisSession): Promise<ComparedEntries> {
  let from = "-";
  let entries = 0;
  let differing = 0;
  for (;;) {
    const page = await comparePage(primary, standby, from);
    entries += page.entries;
    differing += page.differing;
    if (page.last === undefined) return { entries, differing };
    from = `(${page.last}`;
  }
}

/** One page of the journal. An entry that only one of the two has differs, whichever it is. */
async function comparePage(
  primary: RedisSession,
  standby: RedisSession,
  from: string,
): Promise<ComparedEntries & { readonly last: string | undefined }> {
  for (let attempt = 1; ; attempt += 1) {
    const ours = new Map(await entriesOf(primary, from, "+", "COUNT", String(PAGE)));
    const last = ours.size < PAGE ? undefined : [...ours.keys()].at(-1);
    const theirs = new Map(await entriesOf(standby, from, last ?? "+"));
    const ids = new Set([...ours.keys(), ...theirs.keys()]);
    const differing = [...ids].filter((id) => !isDeepStrictEqual(ours.get(id), theirs.get(id))).length;
    if (differing === 0 || attempt === ATTEMPTS) return { entries: ours.size, differing, last };
  }
}

async function entriesOf(session: RedisSession, ...range: string[]): Promise<[string, unknown][]> {
  return (await session.command("XRANGE", EVENTS_STREAM, ...range)) as [string, unknown][];
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
