import type { ClientSamples } from "../../evidence/client-loads";
import { roundToMicrosecond } from "../../evidence/probe-summary";
import type { Reply } from "./session";

/** Every statement of one load, in the order in which they were begun. */
export class StatementLog {
  readonly #client: number[] = [];
  readonly #startMs: number[] = [];
  readonly #ended: ({ readonly endMs: number; readonly reply: Reply } | undefined)[] = [];

  /** Notes that a client sends a statement; gives back its place. */
  begin(client: number, startMs: number): number {
    this.#client.push(client);
    this.#startMs.push(roundToMicrosecond(startMs));
    return this.#ended.push(undefined) - 1;
  }

  /** Notes how it ended; the first word counts. */
  end(at: number, endMs: number, reply: Reply): void {
    this.#ended[at] ??= { endMs: roundToMicrosecond(endMs), reply };
  }

  /** Answered statements of one client. */
  answeredOf(client: number): number {
    return this.#client.filter((one, at) => one === client && this.#ended[at]?.reply.end === "a").length;
  }

  /** What is still under way has no answer: nobody knows what becomes of it. @param nowMs when the load ends */
  samples(nowMs: number): ClientSamples {
    const ends = this.#ended.map((one) => one ?? { endMs: roundToMicrosecond(nowMs), reply: NO_ANSWER });
    return {
      client: [...this.#client],
      startMs: [...this.#startMs],
      endMs: ends.map(({ endMs }) => endMs),
      end: ends.map(({ reply }) => reply.end),
      errors: ends.flatMap(({ reply: { end, code } }, at) => (end === "a" ? [] : [{ at, code }])),
      resent: ends.flatMap(({ reply: { resent = 0 } }, at) => (resent === 0 ? [] : [{ at, times: resent }])),
    };
  }
}

const NO_ANSWER: Reply = { end: "u", code: "no-answer", leave: true };
