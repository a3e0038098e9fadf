import { setTimeout as sleep } from "node:timers/promises";
import { machineMs, type NumberedAttempt } from "./attempt";

/** An open connection to one store. */
export interface Door {
  /** Writes once; settles when the server has answered. Rejects when it refused. */
  readonly write: (number: number) => Promise<void>;
  /** Lets go of the connection at once, whatever is under way. */
  readonly close: () => void;
  /** Whether a refused write leaves the connection usable. */
  readonly isOpen: () => boolean;
}

/** How one store of one host is written to, and who is told of each attempt. Times are milliseconds. */
export interface LaneOptions {
  readonly open: () => Promise<Door>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
  readonly onAttempt: (attempt: NumberedAttempt, reason: string | undefined) => void;
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timeUp = sleep(timeoutMs, undefined, { signal: controller.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  timeUp.catch(() => undefined);
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    controller.abort();
  }
}

/**
 * Until the next attempt, milliseconds. A server that is slow to turn a connection away is asked for the next one less often: on a busy
 * machine, connections that are given up and made anew are what keeps it busy.
 */
function pauseAfter(tookMs: number, connected: boolean, limits: Pick<LaneOptions, "intervalMs" | "timeoutMs">): number {
  const rest = Math.max(1, limits.intervalMs - tookMs);
  return connected ? rest : Math.min(limits.timeoutMs, Math.max(rest, 3 * tookMs));
}

/**
 * Tries to write every `intervalMs` until it is stopped. An attempt that needs a new connection has it in its time: to a client, a server
 * that takes no connection takes no write. Nothing here waits longer than `timeoutMs`.
 */
export async function runLane({ open, intervalMs, timeoutMs, stop, onAttempt }: LaneOptions): Promise<void> {
  let door: Door | undefined;
  for (let number = 1; !stop.aborted; number += 1) {
    let startMs = machineMs();
    const began = startMs;
    let reason: string | undefined;
    try {
      if (door === undefined) {
        const opening = open();
        door = await within(timeoutMs, opening).catch((error: unknown) => {
          void opening.then(
            (late) => late.close(),
            () => undefined,
          );
          throw error;
        });
        startMs = machineMs();
      }
      await within(timeoutMs, door.write(number));
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      const timedOut = machineMs() - startMs >= timeoutMs;
      if (timedOut || door?.isOpen() !== true) {
        door?.close();
        door = undefined;
      }
    }
    const endMs = machineMs();
    onAttempt({ number, startMs, endMs, accepted: reason === undefined }, reason);
    await sleep(pauseAfter(endMs - began, door !== undefined, { intervalMs, timeoutMs }));
  }
  door?.close();
}
