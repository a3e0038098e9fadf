import { messageOf } from "../../../settings/user-error";
import type { CanaryHost } from "./options";

/** Time and sleep, as arguments. */
export interface Timekeeper {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Writes one numbered thing through one host; fulfils when the service has acknowledged it. */
export type WriteOne = (number: number, host: CanaryHost) => Promise<void>;

/** Time between two attempts at the same number. */
const RETRY_MS = 100;

/**
 * Writes numbered things to one service, one attempt at a time, through the host that is told to be primary. A number
 * is tried again, there or on the host that took over, until it is acknowledged: nothing is skipped.
 */
export class NumberedWriter {
  /** The numbers that were acknowledged, in order. */
  readonly acknowledged: number[] = [];
  /** What was last wrong; empty when the last attempt was acknowledged. */
  problem = "";
  #host: CanaryHost;
  #underWay: Promise<unknown> = Promise.resolve();
  #stopRequestedMs = Infinity;
  #settleMs = 0;
  #inHurry = false;
  #wake: () => void = () => undefined;

  constructor(
    private readonly write: WriteOne,
    host: CanaryHost,
    private readonly time: Timekeeper,
    private readonly pace: { readonly intervalMs: number; readonly endMs: number },
  ) {
    this.#host = host;
  }

  /**
   * From now on the service is used on `host`, and the next attempt is made there at once; fulfils when nothing is under way
   * at another one any more.
   */
  async move(host: CanaryHost): Promise<void> {
    this.#host = host;
    this.#hurry();
    await this.#underWay;
  }

  /** Asks `run` to end at the next acknowledgement, or after `settleMs` without one. */
  stop(settleMs: number): void {
    this.#stopRequestedMs = this.time.now();
    this.#settleMs = settleMs;
    this.#hurry();
  }

  /** Writes until it is stopped or its time is over. */
  async run(): Promise<void> {
    for (let number = 1; this.#mayGoOn(); number += 1) {
      const begun = this.time.now();
      while (this.#mayGoOn() && !(await this.#attempt(number))) await this.#pause(RETRY_MS);
      const pause = Math.max(0, begun + this.pace.intervalMs - this.time.now());
      if (this.time.now() < this.#stopRequestedMs) await this.#pause(pause);
    }
  }

  /** Nobody waits for the end of a pause between two attempts. */
  #hurry(): void {
    this.#inHurry = true;
    this.#wake();
  }

  async #pause(milliseconds: number): Promise<void> {
    if (!this.#inHurry) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([this.time.sleep(milliseconds), woken]);
    }
    this.#inHurry = false;
  }

  async #attempt(number: number): Promise<boolean> {
    const host = this.#host;
    const writing = this.write(number, host);
    this.#underWay = writing.catch(() => undefined);
    try {
      await writing;
      this.acknowledged.push(number);
      this.problem = "";
      return true;
    } catch (error) {
      this.problem = `${host.name}: ${messageOf(error)}`;
      return false;
    }
  }

  /** After the request to stop one more acknowledgement is waited for: it shows that the service is back. */
  #mayGoOn(): boolean {
    const now = this.time.now();
    if (now >= this.pace.endMs) return false;
    if (this.#stopRequestedMs === Infinity) return true;
    return this.problem !== "" && now - this.#stopRequestedMs < this.#settleMs;
  }
}
