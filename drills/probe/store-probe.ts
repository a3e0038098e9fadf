import { setTimeout as sleep } from "node:timers/promises";
import type { StoreName } from "../../settings/services";
import type { ProbeStoreEvidence } from "../../evidence/document";
import { summarizeStore } from "../../evidence/probe-summary";
import { messageOf } from "../../settings/user-error";
import type { StoreConnection } from "./answer";
import type { Clock } from "../hosts/clock";
import type { FoundEvents } from "./postgres-read-back";
import { Lane } from "./lane";
import type { ProbeEndpoint, ProbeSettings } from "./options";
import { recentRecord, recordFromMs } from "./recent-record";
import { Writer } from "./writer";

/** The first event that a store acknowledged, and when writing began; milliseconds. */
export interface FirstEvent {
  readonly receipt: string;
  readonly afterMs: number;
  readonly startedAgoMs: number;
}

/** What differs between the two stores. */
export interface StoreDriver {
  readonly store: StoreName;
  open(endpoint: ProbeEndpoint): Promise<StoreConnection>;
  /**
   * @param first the first acknowledged event; its stream id and how long after the start it came bound the search, and how
   * long ago the start was
   * @throws Error when the endpoint cannot be read, or is not a primary
   */
  readBack(endpoint: ProbeEndpoint, first: FirstEvent): Promise<FoundEvents>;
}

/** How far one store's writer has come, in events; times in milliseconds on the probe's clock. */
export interface StoreProgress {
  readonly acknowledged: number;
  /** Where and when the latest acknowledgement came; null before the first. */
  readonly last: { readonly endpoint: string; readonly atMs: number } | null;
  /** What was last wrong at each endpoint where something was, such as `host-a: connect ECONNREFUSED`. */
  readonly problem: string;
}

/** One store under the probe: its endpoints, its writer and, at the end, its evidence. */
export class StoreProbe {
  readonly #lanes: readonly Lane[];
  readonly #writer: Writer;
  readonly #startedMs: number;

  constructor(
    private readonly driver: StoreDriver,
    private readonly settings: ProbeSettings,
    private readonly now: Clock,
  ) {
    this.#startedMs = now();
    this.#lanes = settings.endpoints.map(
      (endpoint) => new Lane(endpoint.name, () => driver.open(endpoint), settings.attemptTimeoutMs),
    );
    const pace = { intervalMs: settings.intervalMs, endMs: this.#startedMs + settings.maxDurationMs };
    this.#writer = new Writer(this.#lanes, { now, sleep }, pace);
  }

  /** Connects to every endpoint and writes until the writer stops. */
  async run(): Promise<void> {
    for (const lane of this.#lanes) void lane.keepOpen();
    await this.#writer.run();
  }

  /** What still keeps this store from being ready: enough events acknowledged, every endpoint connected. */
  whyNotReady(): string | undefined {
    const { acknowledged } = this.#writer.log;
    const { readyAfter, readyWhen } = this.settings;
    const away = this.#lanes.filter((lane) => !lane.isOpen).map((lane) => lane.name);
    const connected = away.length === 0 || readyWhen === "one-endpoint";
    if (readyWhen === "started" || (acknowledged >= readyAfter && connected)) return undefined;
    const problem = this.#problem();
    return (
      `${this.driver.store}: ${acknowledged} of ${readyAfter} events acknowledged` +
      (away.length === 0 ? "" : `, not connected to ${away.join(" and ")}`) +
      (problem === "" ? "" : ` (${problem})`)
    );
  }

  progress(): StoreProgress {
    const { acknowledged, lastAcknowledgedMs, lastAcknowledgedBy } = this.#writer.log;
    const endpoint = this.settings.endpoints[lastAcknowledgedBy ?? -1]?.name;
    const last =
      endpoint === undefined || lastAcknowledgedMs === undefined ? null : { endpoint, atMs: lastAcknowledgedMs };
    return { acknowledged, last, problem: this.#problem() };
  }

  /** When writing ends by itself, on the probe's clock. */
  get writesUntilMs(): number {
    return this.#writer.endMs;
  }

  /** Somebody counts on the probe now: it writes at least until `untilMs`, and polls an outage as closely as at first. */
  attend(untilMs: number): void {
    this.#writer.attend(untilMs);
  }

  requestStop(): void {
    this.#writer.stop(this.settings.settleMs);
  }

  close(): void {
    for (const lane of this.#lanes) lane.stop();
  }

  /**
   * The store's part of the evidence. What cannot be read back stays unknown (null), never zero.
   * @param report told why the read-back failed, when it did
   * @param adoptedAtMs when a standing probe was adopted: of what came long before, only what is needed is evidence
   */
  async evidence(
    readFrom: string,
    report: (problem: string) => void,
    adoptedAtMs?: number,
  ): Promise<ProbeStoreEvidence> {
    const { samples } = this.#writer.log;
    const endpoints = this.settings.endpoints.map((one) => one.name);
    let back: FoundEvents | undefined;
    try {
      back = await this.#readBack(readFrom);
    } catch (error) {
      report(`${this.driver.store}: nothing read back from ${readFrom}: ${messageOf(error)}`);
    }
    const whole = { samples, found: back?.found ?? null, duplicatedSeqs: back?.duplicatedSeqs ?? [] };
    const record =
      adoptedAtMs === undefined
        ? whole
        : recentRecord(whole, recordFromMs(samples, endpoints.indexOf(readFrom), adoptedAtMs));
    return { endpoints, ...record, ...summarizeStore(record) };
  }

  #problem(): string {
    return this.#lanes.flatMap((lane) => (lane.problem === "" ? [] : [`${lane.name}: ${lane.problem}`])).join("; ");
  }

  async #readBack(name: string): Promise<FoundEvents> {
    const endpoint = this.settings.endpoints.find((one) => one.name === name);
    const { first } = this.#writer;
    if (endpoint === undefined) throw new Error("no such endpoint");
    if (first === undefined) throw new Error("no event was ever acknowledged");
    return this.driver.readBack(endpoint, {
      receipt: first.receipt,
      afterMs: first.atMs - this.#startedMs,
      startedAgoMs: this.now() - this.#startedMs,
    });
  }
}
