import { setTimeout as sleep } from "node:timers/promises";
import { StandingConnection } from "./connection";
import type { StandingDescription } from "./protocol";

const LOOK_MS = 1000;

/**
 * Asks a standing probe once a second what it has come to, until it ends or `signal` is aborted. The probe never waits
 * for who looks on.
 * @returns what it said last; undefined when it never answered
 */
export async function watchStandingProbe(
  file: string,
  see: (probe: StandingDescription) => void,
  signal: AbortSignal,
): Promise<StandingDescription | undefined> {
  let last: StandingDescription | undefined;
  const connection = await StandingConnection.find(file).catch(() => undefined);
  try {
    while (connection !== undefined && !signal.aborted) {
      last = await connection.describe();
      see(last);
      await sleep(LOOK_MS, undefined, { signal });
    }
  } catch {
    // It has ended, or nobody wants to look any more.
  } finally {
    connection?.hangUp();
  }
  return last;
}
