import { EVENTS_STREAM } from "../../settings/names";
import { equalAtOneOffset, type AtOffset } from "./equal-offsets";
import { parseInfo, type RedisSession } from "./redis";
import { ELEMENTS, NAMES, PART, VALUES } from "./redis-scripts";

/** A database with at most so many keys is compared in full. */
const WHOLE_DATABASE = 500;
/** Keys drawn of larger databases, of all of them together, and of each at least. */
const SAMPLE = 200;
const LEAST = 25;
/** Keys in one question, and the most of a value that is read whole: a server answers nobody else meanwhile. */
const AT_ONCE = 10;
const WHOLE_BYTES = 262_144;
const WHOLE_ELEMENTS = 1000;
/** The parts of a large string, in bytes, and of another large value, in elements. */
const STRING_PART = 1_048_576;
const ELEMENTS_PART = 100;
/** Parts of a large collection that are compared. */
const PARTS = 4;
/** Parts that are asked for side by side: the way there and back costs more than the answer. */
const PARTS_AT_ONCE = 4;
/** A key that expires within this time may be gone on one server only: their clocks differ. */
const EXPIRES_MS = 5000;

/** What comparing the keys of two servers gave. */
export interface ComparedKeys {
  readonly compared: number;
  readonly differing: number;
  /** Keys whose contents were never seen at the same offset on both. */
  readonly undecided: number;
  /** Some of those that differ, as `database: name`; what is not printable is written in hexadecimal. */
  readonly names: readonly string[];
}

/** One key: its database, and its name in hexadecimal. */
interface Key {
  readonly database: string;
  readonly name: string;
}

/**
 * Compares the keys of every database of two servers, one of which replicates the other: by bytes, with their expiry, at
 * equal offsets. Small databases are compared in full, of larger ones a random sample of both servers' keys; of large
 * collections size and parts. The event stream is left out.
 */
export async function compareKeys(primary: RedisSession, standby: RedisSession): Promise<ComparedKeys> {
  const databases = [...new Set([...(await databasesOf(primary)), ...(await databasesOf(standby))])];
  const drawn = Math.max(LEAST, Math.ceil(SAMPLE / Math.max(1, databases.length)));
  const keys = (await Promise.all(databases.map((one) => keysOf(one, drawn, primary, standby)))).flat();
  const unequal: Key[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const some = keys.slice(at, at + AT_ONCE);
    const [ours, theirs] = await Promise.all([readValues(primary, some), readValues(standby, some)]);
    unequal.push(...some.filter((_key, index) => ours[index] !== theirs[index] || isLarge(ours[index])));
  }
  const verdicts = [];
  for (const key of unequal) verdicts.push({ key, equal: await equalKey(primary, standby, key) });
  const differing = verdicts.filter(({ equal }) => equal === false).map(({ key }) => key);
  return {
    compared: keys.length,
    differing: differing.length,
    undecided: verdicts.filter(({ equal }) => equal === null).length,
    names: differing.map(({ database, name }) => `${database}: ${printable(name)}`),
  };
}

/** The databases that hold keys, by number. */
export async function databasesOf(session: RedisSession): Promise<readonly string[]> {
  const info = parseInfo(String(await session.command("INFO", "keyspace")));
  return [...info.keys()].flatMap((key) => /^db(\d+)$/.exec(key)?.[1] ?? []);
}

/** A name as a person reads it. */
export function printable(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  const text = bytes.toString("utf8");
  // eslint-disable-next-line no-control-regex -- a name with control characters is not printable
  return Buffer.from(text).equals(bytes) && !/[\u0000-\u001f\u007f]/.test(text) ? text : `0x${hex}`;
}

async function ask(session: RedisSession, script: string, ...words: string[]): Promise<readonly string[]> {
  return ((await session.command("EVAL_RO", script, "0", ...words)) as unknown[]).map(String);
}

async function keysOf(database: string, drawn: number, ...sessions: readonly RedisSession[]): Promise<Key[]> {
  const found = await Promise.all(
    sessions.map((one) => ask(one, NAMES, database, String(WHOLE_DATABASE), String(drawn))),
  );
  const journal = database === "0" ? Buffer.from(EVENTS_STREAM).toString("hex") : undefined;
  return [...new Set(found.flat())].filter((name) => name !== journal).map((name) => ({ database, name }));
}

/** `type size expiry checksum` of each key, in their order. Keys of one question are of one database, or asked one by one. */
async function readValues(session: RedisSession, keys: readonly Key[]): Promise<readonly string[]> {
  const databases = [...new Set(keys.map(({ database }) => database))];
  const answers = await Promise.all(
    databases.map(async (database) => {
      const some = keys.filter((key) => key.database === database);
      const words = [database, String(WHOLE_BYTES), String(WHOLE_ELEMENTS), ...some.map(({ name }) => name)];
      const [, ...values] = await ask(session, VALUES, ...words);
      return some.map((key, at) => [key, values[at] ?? ""] as const);
    }),
  );
  const known = new Map(answers.flat());
  return keys.map((key) => known.get(key) ?? "");
}

function isLarge(value: string | undefined): boolean {
  return value?.endsWith(" large") === true;
}

/** Null where it is not known. */
async function equalKey(primary: RedisSession, standby: RedisSession, key: Key): Promise<boolean | null> {
  const limits = [String(WHOLE_BYTES), String(WHOLE_ELEMENTS)] as const;
  let last = "";
  const read = (session: RedisSession) => async (): Promise<AtOffset> => {
    const [offset = "", value = ""] = await ask(session, VALUES, key.database, ...limits, key.name);
    if (value !== "") last = Number(value.split(" ")[2]) > 0 ? value : last;
    return { offset, value };
  };
  const equal = await equalAtOneOffset(read(primary), read(standby));
  if (equal === false && expiresSoon(last)) return true;
  if (equal !== true) return equal;
  const now = await read(primary)();
  return isLarge(now.value) ? equalParts(primary, standby, key, now.value) : true;
}

function expiresSoon(value: string): boolean {
  const expiry = Number(value.split(" ")[2] ?? -1);
  return expiry > 0 && expiry - Date.now() < EXPIRES_MS;
}

async function equalParts(
  primary: RedisSession,
  standby: RedisSession,
  key: Key,
  value: string,
): Promise<boolean | null> {
  const [kind = "", length = "0"] = value.split(" ");
  const parts = await partsOf(primary, key, kind, Number(length));
  let known: boolean | null = true;
  for (let at = 0; at < parts.length; at += PARTS_AT_ONCE) {
    const some = parts.slice(at, at + PARTS_AT_ONCE);
    const equal = await Promise.all(some.map((part) => equalPart(primary, standby, key, part)));
    if (equal.includes(false)) return false;
    if (equal.includes(null)) known = null;
  }
  return known;
}

function equalPart(
  primary: RedisSession,
  standby: RedisSession,
  key: Key,
  part: readonly string[],
): Promise<boolean | null> {
  const read = (session: RedisSession) => async (): Promise<AtOffset> => {
    const [offset = "", value = ""] = await ask(session, PART, key.database, key.name, ...part);
    return { offset, value };
  };
  return equalAtOneOffset(read(primary), read(standby));
}

/** Of a string every byte; of a collection some elements, at random places. */
async function partsOf(primary: RedisSession, key: Key, kind: string, size: number): Promise<string[][]> {
  if (kind === "string") {
    const count = Math.ceil(size / STRING_PART);
    return Array.from({ length: count }, (_one, at) => [
      String(at * STRING_PART),
      // The end of the last one is open: a string that grows meanwhile is compared to its end.
      at === count - 1 ? "-1" : String((at + 1) * STRING_PART - 1),
    ]);
  }
  if (kind === "hash" || kind === "set") {
    return [[...(await ask(primary, ELEMENTS, key.database, key.name, String(ELEMENTS_PART * PARTS)))]];
  }
  const starts = [0, ...Array.from({ length: PARTS - 1 }, () => Math.floor(Math.random() * size))];
  return starts.map((start) => [String(start), String(start + ELEMENTS_PART - 1)]);
}
