import { isDeepStrictEqual } from "node:util";
import { EVENTS_STREAM, PRUNED } from "../../settings/names";
import { prunedRedisMs } from "../hosts/pruned";
import type { RedisSession } from "../hosts/redis";
import type { LostEvent, RedisManifest } from "./manifest";
import { readKey } from "./read-key";

const PAGE = 5000;
const KEYS = 100_000;
const LISTED_KEYS = 200;
const SAMPLE = 200;

type Entry = readonly [id: string, fields: readonly string[]];

/** What only the saved data have, and how far the keys that both have differ. */
export interface RedisDifference {
  readonly lostEvents: readonly LostEvent[];
  readonly keys: NonNullable<RedisManifest["keys"]>;
  readonly sample: NonNullable<RedisManifest["sample"]>;
}

/** Compares saved data with the primary; changes nothing. */
export async function compareWithPrimary(saved: RedisSession, primary: RedisSession): Promise<RedisDifference> {
  const lostEvents = await lostEntries(saved, primary);
  const keys = await missingKeys(saved, primary);
  return { lostEvents, keys, sample: await sampleContents(saved, primary) };
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

async function missingKeys(saved: RedisSession, primary: RedisSession): Promise<RedisDifference["keys"]> {
  const missing: string[] = [];
  let examined = 0;
  let cursor = "0";
  do {
    const [next, names] = (await saved.command("SCAN", cursor, "COUNT", "500")) as [string, string[]];
    const there = await Promise.all(names.map((name) => primary.command("EXISTS", name)));
    missing.push(...names.filter((name, at) => there[at] === 0 && name !== PRUNED));
    examined += names.length;
    cursor = next;
  } while (cursor !== "0" && examined < KEYS);
  return { examined, complete: cursor === "0", missing: missing.length, listed: missing.slice(0, LISTED_KEYS) };
}

async function sampleContents(saved: RedisSession, primary: RedisSession): Promise<RedisDifference["sample"]> {
  const names = new Set<string>();
  for (let turn = 0; turn < SAMPLE; turn += 1) {
    const name = (await saved.command("RANDOMKEY")) as string | null;
    if (name !== null && name !== EVENTS_STREAM && name !== PRUNED) names.add(name);
  }
  let [compared, differing] = [0, 0];
  for (const name of names) {
    if ((await primary.command("EXISTS", name)) === 0) continue;
    compared += 1;
    if (!isDeepStrictEqual(await readKey(saved, name), await readKey(primary, name))) differing += 1;
  }
  return { compared, differing };
}
