import { parseLsn, type Lsn } from "../../evidence/lsn";

/** A timeline that was left, and where: what its `.history` file says in one line. */
export interface LeftTimeline {
  readonly timeline: number;
  readonly end: Lsn;
}

/** Which way a server came: the timelines it left, oldest first, and the one it is on. */
export interface Lineage {
  readonly past: readonly LeftTimeline[];
  readonly timeline: number;
}

/** Reads the text of a `.history` file. @throws Error naming the line that is not of its form */
export function parseHistory(text: string): readonly LeftTimeline[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [timeline = "", end = ""] = line.trim().split(/\s+/);
      if (!/^[1-9]\d*$/.test(timeline)) throw new Error(`not a line of a timeline history: ${JSON.stringify(line)}`);
      return { timeline: Number(timeline), end: parseLsn(end) };
    });
}

/** The last timeline two servers share, and how far: null when neither has left it. */
export interface CommonPast {
  readonly timeline: number;
  readonly until: Lsn | null;
}

/**
 * How far two servers of one cluster went the same way. The number of a timeline alone proves nothing: it must have
 * begun at the same place. Undefined when not even the first timeline is shared.
 */
export function commonPast(one: Lineage, other: Lineage): CommonPast | undefined {
  const [mine, theirs] = [stations(one), stations(other)];
  let common: CommonPast | undefined;
  for (const [at, here] of mine.entries()) {
    const there = theirs[at];
    if (there === undefined || here.timeline !== there.timeline || here.begin !== there.begin) break;
    common = { timeline: here.timeline, until: earlier(here.end, there.end) };
  }
  return common;
}

function stations({ past, timeline }: Lineage): { timeline: number; begin: Lsn; end: Lsn | null }[] {
  return [...past, { timeline, end: null }].map((one, at) => ({ ...one, begin: past[at - 1]?.end ?? 0n }));
}

function earlier(one: Lsn | null, other: Lsn | null): Lsn | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}
