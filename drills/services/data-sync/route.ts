import type { CarryRoute } from "../../../evidence/continuity";
import { bounded } from "../../hosts/bounded";
import type { Carrier } from "./carrier";

/** So long one piece may take to arrive, milliseconds: with pieces of 8 MiB that is a line of 0.6 Mbit/s. */
export const PIECE_MS = 120_000;

/** One way for a piece: from the work folder of the one carrier, under the same name, into that of the other. */
export interface Way {
  readonly way: CarryRoute["way"];
  /** @throws Error when it did not arrive whole in time */
  move(name: string, bytes: number): Promise<void>;
}

/** The way that pieces take, and why it is no better one. */
export interface Route {
  /** What the evidence says of it. */
  told(): CarryRoute;
  /** @throws Error when the piece did not arrive whole in time */
  move(name: string, bytes: number): Promise<void>;
  /** Takes the next way there is, since this one brings nothing. @returns whether there was one */
  leave(why: string): boolean;
}

/** The carriers of both sides, and the way from the one to the other. */
export interface Carriers {
  readonly from: Carrier;
  readonly to: Carrier;
  readonly route: Route;
}

/** A route of one or two ways, the better one first. @param why there is no better one than the first; null: none is better */
export function routeOf(ways: readonly [Way, ...Way[]], why: string | null): Route {
  let [now, ...others] = ways;
  let reason = why;
  return {
    told: () => ({ way: now.way, why: reason }),
    move: (name, bytes) => now.move(name, bytes),
    leave: (failure) => {
      const [next] = others;
      if (next === undefined) return false;
      [now, others, reason] = [next, others.slice(1), failure];
      return true;
    },
  };
}

/** Through the process that runs the command, over the sessions that it has to both engines. */
export function throughTheCommand(from: Carrier, to: Carrier): Way {
  return {
    way: "through-the-command",
    move: async (name) => {
      const file = `${from.work}/${name}`;
      const stream = await from.give(file);
      try {
        await bounded(`${name} through this machine`, PIECE_MS, to.take(stream));
      } finally {
        (stream as Partial<{ destroy(): void }>).destroy?.();
      }
      await from.run('rm -f "$1"', file);
    },
  };
}

/** Both sides are one carrier: what the one has packed lies before the other. */
export const ON_THE_HOST: Way = { way: "on-the-host", move: () => Promise.resolve() };
