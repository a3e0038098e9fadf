import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { EVENTS_STREAM } from "../../settings/names";
import type { RedisProof } from "../../evidence/document";
import type { RedisSession } from "./redis";
import { compareKeys } from "./redis-keys";

const PAGE = 5000;
/** Entries may be on their way, and may just be pruned: what differs is read again for so long, and counts when it still does. */
const AGAIN_MS = 2000;
const PAUSE_MS = 100;

/** Compares what both servers hold: the event stream in full, the keys of every database as `compareKeys` says. */
export async function compareRedis(
  primary: RedisSession,
  standby: RedisSession,
): Promise<NonNullable<RedisProof["contentCompared"]>> {
  const journal = await compareJournal(primary, standby);
  const keys = await compareKeys(primary, standby);
  return {
    journalEntries: journal.entries,
    sampledKeys: keys.compared,
    differing: journal.differing + keys.differing,
    ...(keys.undecided === 0 ? {} : { undecided: keys.undecided }),
  };
}

interface ComparedEntries {
  readonly entries: number;
  readonly differing: number;
}

/** Compares the event stream up to its newest entry of now; what is written meanwhile is left to the next comparison. */
export async function compareJournal(primary: RedisSession, standby: RedisSession): Promise<ComparedEntries> {
  // The standby's end first: whatever it has, its primary has had before.
  const [theirs, ours] = [await newestOf(standby), await newestOf(primary)];
  const end = later(theirs, ours);
  const until = performance.now() + AGAIN_MS;
  let from = "-";
  let entries = 0;
  let differing = 0;
  for (;;) {
    const page = await comparePage(primary, standby, { from, end, until });
    entries += page.entries;
    differing += page.differing;
    if (page.last === undefined) return { entries, differing };
    from = `(${page.last}`;
  }
}

async function newestOf(session: RedisSession): Promise<string> {
  const newest = (await session.command("XREVRANGE", EVENTS_STREAM, "+", "-", "COUNT", "1")) as [string, unknown][];
  return newest[0]?.[0] ?? "0-0";
}

function later(one: string, other: string): string {
  const [ms = 0n, seq = 0n] = one.split("-").map(BigInt);
  const [otherMs = 0n, otherSeq = 0n] = other.split("-").map(BigInt);
  return ms > otherMs || (ms === otherMs && seq > otherSeq) ? one : other;
}

/** One page of the stream. An entry that only one of the two has differs, whichever it is. */
async function comparePage(
  primary: RedisSession,
  standby: RedisSession,
  { from, end, until }: { readonly from: string; readonly end: string; readonly until: number },
): Promise<ComparedEntries & { readonly last: string | undefined }> {
  for (;;) {
    const ours = new Map(await entriesOf(primary, from, end, "COUNT", String(PAGE)));
    const last = ours.size < PAGE ? undefined : [...ours.keys()].at(-1);
    const theirs = new Map(await entriesOf(standby, from, last ?? end));
    const ids = new Set([...ours.keys(), ...theirs.keys()]);
    const differing = [...ids].filter((id) => !isDeepStrictEqual(ours.get(id), theirs.get(id))).length;
    if (differing === 0 || performance.now() >= until) return { entries: ours.size, differing, last };
    await sleep(PAUSE_MS);
  }
}

async function entriesOf(session: RedisSession, ...range: string[]): Promise<[string, unknown][]> {
  return (await session.command("XRANGE", EVENTS_STREAM, ...range)) as [string, unknown][];
}
