/** An outage is long after this many milliseconds: polling slows down. */
const LONG_OUTAGE_MS = 2000;

/** When the next event is due: one interval later, or at once when that has passed (no burst to catch up). */
export function nextDue(dueMs: number, intervalMs: number, nowMs: number): number {
  return Math.max(dueMs + intervalMs, nowMs);
}

/** Longest pause between two polls of an outage. */
const LONGEST_PAUSE_MS = 1000;

/**
 * Pause after every reachable endpoint has refused, given how long no write was acknowledged: a thousandth of that, so
 * that an outage of an hour leaves thousands of attempts, not hundreds of thousands.
 */
export function refusalPauseMs(outageMs: number): number {
  return outageMs < LONG_OUTAGE_MS ? 2 : Math.min(LONGEST_PAUSE_MS, Math.max(20, Math.round(outageMs / 1000)));
}

/** Pause before an endpoint is connected to again, given how long it has been away. */
export function reconnectPauseMs(awayMs: number): number {
  return awayMs < LONG_OUTAGE_MS ? 20 : 100;
}
