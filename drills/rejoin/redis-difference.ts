import { EVENTS_STREAM, PRUNED } from "../../settings/names";
import { prunedRedisMs } from "../hosts/pruned";
import { parseInfo, type RedisSession } from "../hosts/redis";
import type { LostEvent, RedisManifest } from "./manifest";
import { DIGESTS, EXISTING, PAGE_OF_NAMES } from "./redis-key-scripts";

const PAGE = 5000;
const KEYS = 100_000;
const LISTED_KEYS = 200;
/** Keys whose contents are compared, of all databases together, and of each at least. */
const SAMPLE = 200;
const LEAST = 25;
/** Keys in one question, and elements of a value that is read whole: a server answers nobody else meanwhile. */
const KEYS_AT_ONCE = 500;
const CONTENTS_AT_ONCE = 10;
const ELEMENTS = 10_000;
/** Keys of ours in database 0 that are no part of the comparison of keys: the journal is compared by itself. */
const OURS = new Set([EVENTS_STREAM, PRUNED].map((name) => Buffer.from(name).toString("hex")));

type Entry = readonly [id: string, fields: readonly string[]];

/** What only the saved data have, and how far the keys that both have differ. */
export interface RedisDifference {
  readonly lostEvents: readonly LostEvent[];
  readonly keys: NonNullable<RedisManifest["keys"]>;
  readonly sample: NonNullable<RedisManifest["sample"]>;
}

/** Compares saved data with the primary, every database by bytes; changes nothing. */
export async function compareWithPrimary(saved: RedisSession, primary: RedisSession): Promise<RedisDifference> {
  const lostEvents = await lostEntries(saved, primary);
  const { keys, common } = await examineKeys(saved, primary);
  return { lostEvents, keys, sample: await sampleContents(saved, primary, common) };
}

/**
 * Journal entries that the primary does not have, oldest first. It goes back from the newest: a stream only grows at
 * its end, so the first page that the primary has in full lies before everything that was lost. It goes no further than
 * to where the primary has pruned its own: what is older is not known, and not called lost.
 */
export async function lostEntries(saved: RedisSession, primary: RedisSession): Promise<readonly LostEvent[]> {
  const lost: LostEvent[] = [];
  const since = await comparedSince(saved, primary);
  let until = "+";
  for (;;) {
    const page = (await saved.command("XREVRANGE", EVENTS_STREAM, until, since, "COUNT", String(PAGE))) as Entry[];
    const [newest, oldest] = [page.at(0)?.[0], page.at(-1)?.[0]];
    if (newest === undefined || oldest === undefined) break;
    const there = (await primary.command("XRANGE", EVENTS_STREAM, oldest, newest)) as Entry[];
    const known = new Set(there.map((entry) => JSON.stringify(entry)));
    const missing = page.filter((entry) => !known.has(JSON.stringify(entry)));
    lost.push(...missing.map(eventOf));
    if (missing.length === 0 || page.length < PAGE) break;
    until = `(${oldest}`;
  }
  return lost.reverse();
}

/** The whole journal of a copy is older than what the primary still has of its own: nothing can be said of it. */
export class JournalPruned extends Error {
  override readonly name = "JournalPruned";
}

/** Where the comparison ends: an id of the stream. @throws JournalPruned when nothing of the copy is left to compare */
async function comparedSince(saved: RedisSession, primary: RedisSession): Promise<string> {
  const prunedMs = await prunedRedisMs(primary);
  if (prunedMs === 0) return "-";
  const [newest] = (await saved.command("XREVRANGE", EVENTS_STREAM, "+", "-", "COUNT", "1")) as Entry[];
  if (newest !== undefined && Number(newest[0].split("-", 1)[0]) < prunedMs) {
    throw new JournalPruned(
      `the primary has pruned its journal up to ${new Date(prunedMs).toISOString()}, after the last event of this copy: what only it had is not known`,
    );
  }
  return String(prunedMs);
}

function eventOf([id, fields]: Entry): LostEvent {
  const value = (name: string): string => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field === name);
    return at < 0 ? "" : (fields[at + 1] ?? "");
  };
  const seq = Number(value("seq"));
  return { run: value("run"), seq: value("seq") !== "" && Number.isSafeInteger(seq) ? seq : null, writtenAt: id };
}

/** What of the saved keys is looked at: names only the copy has, and some that both have, by database. */
interface Examined {
  readonly keys: RedisDifference["keys"];
  readonly common: readonly { readonly database: string; readonly names: readonly string[] }[];
}

/** The databases that hold keys, by number. @throws Error of the server */
async function databasesOf(session: RedisSession): Promise<readonly string[]> {
  // By EVAL, because a session through redis-cli gets INFO as it comes, on many lines.
  const info = parseInfo(String(await session.command("EVAL", "return redis.call('INFO', 'keyspace')", "0")));
  return [...info.keys()].flatMap((key) => /^db(\d+)$/.exec(key)?.[1] ?? []);
}

async function ask(session: RedisSession, script: string, ...words: readonly string[]): Promise<readonly string[]> {
  return ((await session.command("EVAL", script, "0", ...words)) as unknown[]).map(String);
}

/** Every database in turn, up to the bound of all together. */
async function examineKeys(saved: RedisSession, primary: RedisSession): Promise<Examined> {
  const missing: string[] = [];
  const common: { database: string; names: string[] }[] = [];
  let examined = 0;
  let complete = true;
  for (const database of await databasesOf(saved)) {
    const both: string[] = [];
    let cursor = "0";
    do {
      if (examined >= KEYS) {
        complete = false;
        break;
      }
      const [next = "0", ...names] = await ask(saved, PAGE_OF_NAMES, database, cursor, String(KEYS_AT_ONCE));
      const there = names.length === 0 ? [] : await ask(primary, EXISTING, database, ...names);
      const theirs = (name: string): boolean => database !== "0" || !OURS.has(name);
      missing.push(
        ...names.filter((name, at) => there[at] === "0" && theirs(name)).map((name) => keyInWords(database, name)),
      );
      both.push(...names.filter((name, at) => there[at] !== "0" && theirs(name)));
      examined += names.length;
      cursor = next;
    } while (cursor !== "0");
    common.push({ database, names: both });
  }
  const keys = { examined, complete, missing: missing.length, listed: missing.slice(0, LISTED_KEYS) };
  return { keys, common };
}

/** A key as a person reads it: of another database than 0 with its number, and what is no plain text in hexadecimal. */
export function keyInWords(database: string, hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  const text = bytes.toString("utf8");
  const plain = Buffer.from(text).equals(bytes) && !/\p{Cc}/u.test(text);
  return `${database === "0" ? "" : `db${database}: `}${plain ? text : `0x${hex}`}`;
}

/** Contents of some of the keys that both have, of every database alike. */
async function sampleContents(
  saved: RedisSession,
  primary: RedisSession,
  common: Examined["common"],
): Promise<RedisDifference["sample"]> {
  const each = Math.max(LEAST, Math.ceil(SAMPLE / Math.max(1, common.length)));
  let [compared, differing] = [0, 0];
  for (const { database, names } of common) {
    const drawn = draw(names, each);
    for (let at = 0; at < drawn.length; at += CONTENTS_AT_ONCE) {
      const words = [database, String(ELEMENTS), ...drawn.slice(at, at + CONTENTS_AT_ONCE)];
      const [ours, theirs] = await Promise.all([ask(saved, DIGESTS, ...words), ask(primary, DIGESTS, ...words)]);
      compared += ours.length;
      differing += ours.filter((one, index) => one !== theirs[index]).length;
    }
  }
  return { compared, differing };
}

/** So many of them at most, at random. */
function draw(names: readonly string[], most: number): readonly string[] {
  const left = [...names];
  for (let at = 0; at < Math.min(most, left.length); at += 1) {
    const other = at + Math.floor(Math.random() * (left.length - at));
    [left[at], left[other]] = [left[other] as string, left[at] as string];
  }
  return left.slice(0, most);
}
