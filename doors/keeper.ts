import { setTimeout as sleep } from "node:timers/promises";
import { HOLD_MS, SILENCE_MS, TOLD_MS, type DoorStore } from "../settings/doors";
import { freeOrders, leadOrders, leadsTo, letInOrders, STORES, type Side } from "./orders";
import type { PoolAdmin } from "./pool-admin";
import { askHaproxy, orderHaproxy } from "./runtime-api";

const AGAIN_MS = 250;

/** How long a keeper waits: other times only in a test. */
export interface KeeperTimes {
  readonly silenceMs: number;
  readonly toldMs: number;
  readonly holdMs: number;
}

const TIMES: KeeperTimes = { silenceMs: SILENCE_MS, toldMs: TOLD_MS, holdMs: HOLD_MS };

/**
 * Holds the door of one host while a drill says so, and opens it by itself when the drill has been silent for too long. It
 * decides nothing else: who is primary HAProxy hears from the agents, but for some seconds after it was told.
 */
export class Keeper {
  #heardAt = -Infinity;
  #held = false;
  /** Since when HAProxy lets nobody new in; undefined while it does. */
  #shutAt: number | undefined;
  /** Since when HAProxy is told where to lead, by store. */
  readonly #told = new Map<DoorStore, number>();
  #freeing = false;
  #closed = false;

  constructor(
    private readonly pool: Pick<PoolAdmin, "arm" | "pause" | "resume" | "close">,
    private readonly runtime: string,
    private readonly times: KeeperTimes = TIMES,
  ) {}

  /** Opens whatever an earlier keeper has left, then watches until it is closed. */
  async run(): Promise<void> {
    while (!this.#closed && !(await this.#opened())) await sleep(AGAIN_MS);
    while (!this.#closed) {
      await sleep(AGAIN_MS);
      if (performance.now() - this.#heardAt > this.times.silenceMs) {
        if (this.#held || this.#told.size > 0 || this.#shutAt !== undefined)
          await this.release().catch(() => undefined);
        continue;
      }
      if (this.#shutAt !== undefined && performance.now() - this.#shutAt > this.times.holdMs)
        await this.#letIn().catch(() => undefined);
      if (this.#freeing) await this.#free().catch(() => undefined);
    }
  }

  close(): void {
    this.#closed = true;
    this.pool.close();
  }

  /** Follows one order. @returns what it answers, `key=value` each @throws Error in words */
  async follow(line: string): Promise<readonly string[]> {
    this.#heardAt = performance.now();
    const [order = "", ...words] = line.trim().split(" ");
    switch (order) {
      case "beat":
        return [];
      case "arm":
        return this.#arm();
      case "pause":
        return this.#pause(Number(words[0]), words[1] === "end");
      case "lead":
        return words[2] === "resume" ? this.#leadAndResume(words[0], words[1]) : this.#lead(words[0], words[1]);
      case "hold":
        return this.#hold();
      case "resume":
        return this.#resume();
      case "release":
        return this.release();
      default:
        throw new Error(`no order ${JSON.stringify(order)}`);
    }
  }

  /** Lets everybody go on at once, and the agents decide as soon as they can know what a drill has told. */
  async release(): Promise<readonly string[]> {
    this.#freeing = true;
    // Who is held goes on whatever HAProxy says: it is told again.
    if (this.#shutAt === undefined) await this.#resume();
    else await this.#letIn().finally(() => this.#resume());
    await this.#free();
    return [];
  }

  async #arm(): Promise<readonly string[]> {
    await this.pool.arm();
    const leads = await this.#leads();
    return STORES.map((store) => `${store}=${leads[store].join(",")}`);
  }

  async #pause(withinMs: number, goesOn: boolean): Promise<readonly string[]> {
    if (!(withinMs > 0)) throw new Error("pause: how long, in milliseconds");
    this.#held = true;
    const left = await this.pool.pause(withinMs);
    if (left > 0 && !goesOn) await this.#resume();
    return [`left=${String(left)}`];
  }

  async #resume(): Promise<readonly string[]> {
    await this.pool.resume();
    this.#held = false;
    return [];
  }

  /** Whoever comes now waits at the door: who is refused by a demoted server is not to ask it again and again. */
  async #hold(): Promise<readonly string[]> {
    this.#shutAt = performance.now();
    await orderHaproxy(this.runtime, letInOrders(false));
    return [];
  }

  async #letIn(): Promise<void> {
    await orderHaproxy(this.runtime, letInOrders(true));
    this.#shutAt = undefined;
  }

  async #lead(name: string | undefined, side: string | undefined): Promise<readonly string[]> {
    const store = STORES.find((one) => one === name);
    if (store === undefined || (side !== "own" && side !== "peer"))
      throw new Error("lead: which store, and own or peer");
    this.#freeing = false;
    this.#told.set(store, performance.now());
    await orderHaproxy(this.runtime, [...leadOrders(store, side satisfies Side), ...letInOrders(true)]);
    this.#shutAt = undefined;
    return [];
  }

  /** Who is held goes on even where HAProxy was not told: it hears it from the agents. */
  async #leadAndResume(name: string | undefined, side: string | undefined): Promise<readonly string[]> {
    await this.#lead(name, side).finally(() => this.#resume());
    return ["resumed=yes"];
  }

  async #free(): Promise<void> {
    for (const [store, at] of this.#told) {
      if (performance.now() - at < this.times.toldMs) continue;
      await this.#leaveToAgents(store);
      if (this.#told.get(store) === at) this.#told.delete(store);
    }
    this.#freeing = this.#told.size > 0;
  }

  async #leaveToAgents(store: DoorStore): Promise<void> {
    const led = (await this.#leads())[store];
    await orderHaproxy(this.runtime, freeOrders(store, led));
  }

  async #leads(): Promise<ReturnType<typeof leadsTo>> {
    return leadsTo(await askHaproxy(this.runtime, "show stat"));
  }

  /** Whether nothing is held any more of what was before this keeper: of either program, whatever the other one says. */
  async #opened(): Promise<boolean> {
    const free = async (): Promise<void> => {
      if (this.#shutAt === undefined) await this.#letIn();
      for (const store of STORES) if (!this.#told.has(store)) await this.#leaveToAgents(store);
    };
    const opened = await Promise.allSettled([free(), this.#held ? undefined : this.pool.resume()]);
    return opened.every(({ status }) => status === "fulfilled");
  }
}
