import type { FoundEvents } from "../../drills/probe/postgres-read-back";
import { clientErrorsOf } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";
import { isIn } from "../../evidence/seq-ranges";
import type { StoreName } from "../../settings/services";
import type { Attempt, NumberedAttempt } from "../watch/attempt";
import { toldOf, type Counted, type UserRows } from "./user-rows";

/** Longest that clients may be away while there is a primary and one door is good, milliseconds. */
export const BACK_WITHIN_MS = 10_000;

/** A host that acknowledges a write at least so often takes writes, milliseconds: the watch gives up a silent one after it. */
const PRESENT_MS = 500;

/** Reads back the numbers of a load's statements; undefined when there is no primary to ask. */
export type ReadRows = (() => Promise<FoundEvents>) | undefined;

/** What the clients of one load saw of a cell. */
export interface ClientsSeen {
  /** Which store, and at which door its clients begin. */
  readonly name: string;
  readonly store: StoreName;
  readonly sent: number;
  readonly answered: number;
  /** Statements that ended in an error for their client. */
  readonly errors: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Longest time after the strike in which a host took writes and a client had no answer; null when that is not known. */
  readonly awayMs: number | null;
  /** Its acknowledged writes, against what the one primary has at the end: an answer of any other host is missing there. */
  readonly rows: UserRows;
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches in which a host took writes, as the watch saw it through no door. @param attempts of one store, of both hosts */
export function primaryThere(attempts: readonly Attempt[]): readonly Stretch[] {
  const stretches: { fromMs: number; toMs: number }[] = [];
  const ends = attempts.filter(({ accepted }) => accepted).map(({ endMs }) => endMs);
  for (const endMs of ends.toSorted((one, other) => one - other)) {
    const last = stretches.at(-1);
    if (last !== undefined && endMs - last.toMs <= PRESENT_MS) last.toMs = endMs;
    else stretches.push({ fromMs: endMs, toMs: endMs });
  }
  return stretches;
}

/**
 * The longest time for which one client was without an answer while there was a primary. Milliseconds of the machine's clock.
 * @param there when a host took writes
 * @returns null when no host was seen to take writes in that time: then nobody knows
 */
export function longestAwayMs(
  { samples, finishedAtMs }: Pick<ClientLoad, "samples" | "finishedAtMs">,
  zeroMs: number,
  struckMs: number,
  there: readonly Stretch[],
): number | null {
  const toMs = zeroMs + finishedAtMs;
  if (!there.some((one) => one.toMs > struckMs && one.fromMs < toMs)) return null;
  const clients = new Set(samples.client);
  let longest = 0;
  for (const client of clients) {
    const answers = [...samples.end.keys()]
      .filter((at) => samples.client[at] === client && samples.end[at] === "a")
      .map((at) => zeroMs + (samples.endMs[at] ?? 0))
      .filter((at) => at > struckMs)
      .toSorted((one, other) => one - other);
    const marks = [struckMs, ...answers, toMs];
    for (const [at, endMs] of marks.slice(1).entries()) {
      const beginMs = marks[at] ?? endMs;
      for (const stretch of there)
        longest = Math.max(longest, Math.min(endMs, stretch.toMs) - Math.max(beginMs, stretch.fromMs));
    }
  }
  return Math.round(longest * 1000) / 1000;
}

/** The acknowledged statements of a load by their numbers: it counts them from 1 as it begins them. */
export function acknowledged({ samples }: Pick<ClientLoad, "samples">, zeroMs: number): readonly NumberedAttempt[] {
  return [...samples.end.keys()]
    .filter((at) => samples.end[at] === "a")
    .map((at) => ({
      number: at + 1,
      startMs: zeroMs + (samples.startMs[at] ?? 0),
      endMs: zeroMs + (samples.endMs[at] ?? 0),
      accepted: true,
    }));
}

/** Those that the primary does not have. Never throws: what cannot be read is unknown. */
export async function countRows(
  attempts: readonly NumberedAttempt[],
  read: ReadRows,
  store: StoreName,
  from: Pick<Counted, "zeroMs" | "document" | "rejoins">,
): Promise<UserRows> {
  const found = await read?.().catch(() => undefined);
  if (found === undefined) return { acknowledged: attempts.length, missing: null, told: null };
  const missing = attempts.filter(({ number }) => !isIn(found.found, number));
  const firstAtMs = Math.min(...missing.map(({ endMs }) => from.zeroMs + endMs));
  const told = missing.length === 0 ? null : toldOf(store, firstAtMs, from);
  return { acknowledged: attempts.length, missing: missing.length, told };
}

/** The figures of one load that has ended. */
export async function clientsSeen(
  { name, load, zeroMs, rows }: { name: string; load: ClientLoad; zeroMs: number; rows: ReadRows },
  struckMs: number | undefined,
  attempts: readonly Attempt[],
  from: Pick<Counted, "zeroMs" | "document" | "rejoins">,
): Promise<ClientsSeen> {
  const { store, counts, codes } = load;
  return {
    ...{ name, store, sent: counts.sent, answered: counts.answered, errors: clientErrorsOf(load), codes },
    awayMs: struckMs === undefined ? null : longestAwayMs(load, zeroMs, struckMs, primaryThere(attempts)),
    rows: await countRows(acknowledged(load, zeroMs), rows, store, from),
  };
}

/** In what a load differs from what every cell with doors demands. @param planned whether nothing at all may be missing */
export function clientDeviations({ name, awayMs, answered, rows }: ClientsSeen, planned: boolean): readonly string[] {
  const away = awayMs === null ? "an unknown time" : `${(awayMs / 1000).toFixed(1)} s`;
  const { missing, told } = rows;
  return [
    ...(answered > 0 ? [] : [`clients of ${name}: none was ever answered`]),
    ...(awayMs !== null && awayMs <= BACK_WITHIN_MS
      ? []
      : [`clients of ${name}: away for ${away} while a host took writes, at most ${BACK_WITHIN_MS / 1000} s allowed`]),
    ...(missing === null
      ? [`clients of ${name}: nobody looked whether all ${rows.acknowledged} answers are of the one primary`]
      : missing === 0 || (!planned && told !== null)
        ? []
        : [`clients of ${name}: ${missing} of ${rows.acknowledged} answers are not of the one primary`]),
  ];
}
