import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, StoreConnection } from "./answer";
import { messageOf } from "../../settings/user-error";

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

/**
 * Pause before an endpoint is connected to again, given how long it has been away. A server that stops starts a process for
 * each attempt, which its stop waits for.
 */
export function reconnectPauseMs(awayMs: number): number {
  return awayMs < LONG_OUTAGE_MS ? 50 : 100;
}

/** One endpoint of one store, with a connection that is opened again in the background whenever it closes. */
export class Lane {
  /** What was last wrong here; empty when nothing was. */
  problem = "";
  #connection: StoreConnection | undefined;
  #stopped = false;

  constructor(
    readonly name: string,
    private readonly open: () => Promise<StoreConnection>,
    private readonly attemptTimeoutMs: number,
  ) {}

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** Keeps a connection open until `stop`; fulfils then. */
  async keepOpen(): Promise<void> {
    let awaySince = performance.now();
    while (this.#isWanted()) {
      try {
        const connection = await this.open();
        if (!this.#isWanted()) {
          connection.destroy();
          return;
        }
        this.#connection = connection;
        await connection.closed;
        awaySince = performance.now();
      } catch (error) {
        this.problem = messageOf(error);
      }
      this.#connection = undefined;
      await sleep(reconnectPauseMs(performance.now() - awaySince));
    }
  }

  /**
   * One attempt on the open connection. Silence ends it as indeterminate, and ends the connection too, so that a late
   * answer cannot be taken for the next attempt's.
   * @throws Error when no connection is open: look at `isOpen` first
   */
  async write(seq: number): Promise<Answer> {
    const connection = this.#connection;
    if (connection === undefined) throw new Error(`${this.name}: no open connection`);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => {
        resolve({ outcome: "i", ended: false, reason: `no answer within ${this.attemptTimeoutMs} ms` });
        connection.destroy();
      }, this.attemptTimeoutMs);
    });
    const answer = await Promise.race([connection.write(seq), silence]);
    clearTimeout(timer);
    if (answer.outcome !== "a") this.problem = answer.reason;
    return answer;
  }

  #isWanted(): boolean {
    return !this.#stopped;
  }

  /** Closes the connection and opens no other. */
  stop(): void {
    this.#stopped = true;
    this.#connection?.destroy();
  }
}
