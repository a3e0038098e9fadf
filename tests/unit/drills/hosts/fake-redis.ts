import type { RedisSession } from "../../../../drills/hosts/redis";
import { EVENTS_STREAM } from "../../../../settings/names";

type Fields = readonly string[];

/** A Redis in memory: one journal, other keys by type, and the few commands the comparison asks. */
export class FakeRedis implements RedisSession {
  readonly asked: string[][] = [];
  /** Runs after a command was answered: what happens in between two readings. */
  afterCommand: ((words: readonly string[]) => void) | undefined;

  constructor(
    readonly journal: [string, Fields][],
    readonly keys: Record<string, { type: string; value: unknown; size?: number }> = {},
  ) {}

  command(...words: string[]): Promise<unknown> {
    this.asked.push(words);
    const answer: unknown = structuredClone(this.#answer(words));
    this.afterCommand?.(words);
    return Promise.resolve(answer);
  }

  close(): void {
    // Nothing is open.
  }

  #answer([name = "", key = "", ...rest]: string[]): unknown {
    if (name === "RANDOMKEY") {
      const names = [EVENTS_STREAM, ...Object.keys(this.keys)];
      return names[this.asked.length % names.length];
    }
    if (name === "XREVRANGE" && key === EVENTS_STREAM) return this.journal.slice(-1);
    if (name === "XRANGE" && key === EVENTS_STREAM) return this.#range(rest);
    const held = this.keys[key];
    if (name === "TYPE") return held?.type ?? "none";
    if (["LLEN", "HLEN", "SCARD", "ZCARD", "XLEN"].includes(name))
      return held?.size ?? (held?.value as unknown[]).length;
    return held?.value ?? null;
  }

  #range([from = "-", to = "+", , count]: string[]): [string, Fields][] {
    const number = (id: string): number => Number(id.replace("(", "").split("-", 1)[0]);
    const inside = this.journal.filter(
      ([id]) =>
        (from === "-" || (from.startsWith("(") ? number(id) > number(from) : number(id) >= number(from))) &&
        (to === "+" || number(id) <= number(to)),
    );
    return inside.slice(0, count === undefined ? undefined : Number(count));
  }
}

/** Entries numbered `first` to `last`. */
export function entries(first: number, last: number): [string, Fields][] {
  return Array.from({ length: last - first + 1 }, (_, at) => [`${first + at}-0`, ["seq", String(first + at)]]);
}
