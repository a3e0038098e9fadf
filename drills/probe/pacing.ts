/** An outage is long after this many milliseconds: polling slows down. */
const LONG_OUTAGE_MS = 2000;

/** When the next event is due: one interval later, or at once when that has passed (no burst to catch up). */
export function nextDue(dueMs: number, intervalMs: number, nowMs: number): number {
  return Math.max(dueMs + intervalMs, nowMs);
}

/** Pause after every reachable endpoint has refused, given how long no write was acknowledged. */
export function refusalPauseMs(outageMs: number): number {
  return outageMs < LONG_OUTAGE_MS ? 2 : 20;
}

/** Pause before an endpoint is connected to again, given how long it has been away. */
export function reconnectPauseMs(awayMs: number): number {
  return awayMs < LONG_OUTAGE_MS ? 20 : 100;
}
