import type { Readiness } from "../../evidence/readiness";
import type { DrillCalendar } from "../../settings/drills-section";
import { windowsFrom, type DrillWindow } from "./windows";

/** What is due, and when it may be done. */
export interface DrillPlan {
  readonly now: Date;
  /** Whether a drill must run in this window, or in the next one. */
  readonly due: boolean;
  /** Why it is due, or why it is not. */
  readonly why: string;
  /** The window that is open; null when none is. */
  readonly open: DrillWindow | null;
  /** The next one that begins; null when none begins within more than a year. */
  readonly next: DrillWindow | null;
}

/**
 * A drill is due while the pair is not ready, and in the last window in which the rehearsal that makes it so is young
 * enough: waiting for the next one would leave it not ready. Pure.
 */
export function planDrill(calendar: DrillCalendar, readiness: Readiness, now: Date): DrillPlan {
  const windows = windowsFrom(calendar, now, 3);
  const open = windows.find(({ begin }) => begin <= now) ?? null;
  const later = windows.filter(({ begin }) => begin > now);
  const [next = null] = later;
  const after = open === null ? later[1] : later[0];
  return { now, open, next, ...dueOf(readiness, after) };
}

function dueOf(
  { ready, reasons, validUntil }: Readiness,
  after: DrillWindow | undefined,
): Pick<DrillPlan, "due" | "why"> {
  if (!ready || validUntil === null) return { due: true, why: `the pair is NOT VERIFIED: ${reasons.join("; ")}` };
  if (after === undefined)
    return { due: true, why: `the rehearsal is good until ${validUntil}, and no later window is known` };
  const begins = after.begin.toISOString();
  return Date.parse(validUntil) <= after.begin.getTime()
    ? { due: true, why: `the rehearsal is good until ${validUntil}, and the window after this one begins ${begins}` }
    : { due: false, why: `the rehearsal is good until ${validUntil}, and the window of ${begins} is early enough` };
}

/**
 * Why a drill by schedule does nothing now; undefined when it has to act. It is tried once in a window: one that failed
 * would fail again, and take the pair's roles to and fro.
 * @param lastTry when the last executed drill began
 */
export function reasonToWait({ open, next, due, why }: DrillPlan, lastTry: Date | undefined): string | undefined {
  const until = next === null ? "none is known" : `the next one begins ${next.begin.toISOString()}`;
  if (open === null) return `no window is open: ${until}`;
  if (lastTry !== undefined && lastTry >= open.begin)
    return `it was tried in this window, at ${lastTry.toISOString()}; ${until}`;
  return due ? undefined : `nothing is due: ${why}`;
}
