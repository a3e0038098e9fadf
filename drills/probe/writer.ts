import type { Clock } from "../hosts/clock";
import { type Lane, nextDue, refusalPauseMs } from "./lane";
import { SampleLog } from "./sample-log";

/** Time and sleep, as arguments. */
export interface Timekeeper {
  readonly now: Clock;
  sleep(milliseconds: number): Promise<unknown>;
}

/** What the writer asks of an endpoint; `Lane` is one. */
export type WritableLane = Pick<Lane, "isOpen" | "write">;

/**
 * Writes numbered events to one store, one attempt at a time. It stays with the endpoint that last acknowledged; an
 * outright refusal is tried at the other endpoint with the same number at once, anything indeterminate uses its number up.
 */
export class Writer {
  readonly log = new SampleLog();
  /** What the store called its first acknowledged event, and when that was acknowledged. */
  first: { receipt: string; atMs: number } | undefined;
  #current = 0;
  #endMs: number;
  #outageCountsFromMs = -Infinity;
  #stopRequestedMs = Infinity;
  #settleMs = 0;

  constructor(
    private readonly lanes: readonly WritableLane[],
    private readonly time: Timekeeper,
    private readonly pace: { readonly intervalMs: number; readonly endMs: number },
  ) {
    this.#endMs = pace.endMs;
  }

  /** When writing ends by itself, on the writer's clock. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Writes until it is stopped, the time is over or the log is full; then every attempt has ended. */
  async run(): Promise<void> {
    const startedMs = this.time.now();
    let dueMs = startedMs;
    for (let seq = 1; this.#mayGoOn(); seq += 1) {
      await this.#waitUntil(dueMs);
      await this.#writeOne(seq, startedMs);
      dueMs = nextDue(dueMs, this.pace.intervalMs, this.time.now());
    }
  }

  /** Asks `run` to end at the next acknowledgement, or after `settleMs` without one. */
  stop(settleMs: number): void {
    this.#stopRequestedMs = this.time.now();
    this.#settleMs = settleMs;
  }

  /** Somebody counts on what comes next: writes at least until `untilMs`, and polls an outage as if it began now. */
  attend(untilMs: number): void {
    this.#endMs = Math.max(this.#endMs, untilMs);
    this.#outageCountsFromMs = this.time.now();
  }

  #mayGoOn(): boolean {
    const now = this.time.now();
    if (this.log.full || now >= this.#endMs) return false;
    if (now < this.#stopRequestedMs) return true;
    const settled = (this.log.lastAcknowledgedMs ?? -Infinity) >= this.#stopRequestedMs;
    return !settled && now - this.#stopRequestedMs < this.#settleMs;
  }

  async #waitUntil(dueMs: number): Promise<void> {
    for (let left = dueMs - this.time.now(); left > 0.5; left = dueMs - this.time.now()) {
      await this.time.sleep(Math.max(1, Math.round(left)));
    }
  }

  async #writeOne(seq: number, startedMs: number): Promise<void> {
    let refusals = 0;
    while (this.#mayGoOn()) {
      const endpoint = this.#openEndpoint();
      const lane = endpoint === undefined ? undefined : this.lanes[endpoint];
      if (endpoint === undefined || lane === undefined) {
        await this.time.sleep(1);
        continue;
      }
      const invokeMs = this.time.now();
      const answer = await lane.write(seq);
      const endMs = this.time.now();
      this.log.record(seq, invokeMs, answer.ended ? endMs : null, answer.outcome, endpoint);
      if (answer.outcome === "a") {
        this.#current = endpoint;
        this.first ??= { receipt: answer.receipt ?? "", atMs: endMs };
        return;
      }
      this.#current = (endpoint + 1) % this.lanes.length;
      if (answer.outcome === "i") return;
      refusals += 1;
      if (refusals >= this.lanes.filter((one) => one.isOpen).length) {
        refusals = 0;
        const sinceMs = Math.max(this.log.lastAcknowledgedMs ?? startedMs, this.#outageCountsFromMs);
        await this.time.sleep(refusalPauseMs(endMs - sinceMs));
      }
    }
  }

  #openEndpoint(): number | undefined {
    for (let step = 0; step < this.lanes.length; step += 1) {
      const endpoint = (this.#current + step) % this.lanes.length;
      if (this.lanes[endpoint]?.isOpen === true) return endpoint;
    }
    return undefined;
  }
}
