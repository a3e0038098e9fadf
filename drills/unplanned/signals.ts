import { setTimeout as sleep } from "node:timers/promises";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import type { Signal } from "../../evidence/document";
import { bounded, TimeUp } from "../hosts/bounded";
import type { Look, LookAt } from "./look";

/** A store that refuses is looked at this often, over at least this time: a restart refuses for a moment, too. */
const LOOKS = 3;
const REFUSED_FOR_MS = 300;
/** From the beginning of one look to that of the next, where the look takes less. */
const PACE_MS = 100;
/** With less time than this left no further look is begun: nothing could come of it. */
const SHORTEST_LOOK_MS = 200;

/** What came of watching one store from one place: a signal without its place and time. */
export type Watched = Pick<Signal, "gone" | "detail" | "code">;

/**
 * Looks until the store answers as what it is, has refused for a moment, or has been silent for `goneAfterMs`. One that
 * lives and lets nobody in is given that time to do so; where it falls silent meanwhile, the time of silence begins then.
 * @returns whether it is gone, and the last thing seen of it
 */
export async function watchForAbsence(lookAt: LookAt, silentForMs: number): Promise<Watched> {
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  let goneAfterMs = silentForMs;
  let refused = 0;
  let refusedFrom = 0;
  for (;;) {
    const lookedAt = elapsed();
    const boundMs = Math.round(Math.max(SHORTEST_LOOK_MS, goneAfterMs - lookedAt));
    const look = await lookWithin(boundMs, lookAt);
    if (look.answers) return { gone: false, detail: `answers as ${look.role}` };
    if (look.alive) {
      const lives = { gone: false, detail: look.detail, code: look.code ?? "no-code" };
      // Without time for a look that could say more.
      if (silentForMs - elapsed() < SHORTEST_LOOK_MS) return lives;
      goneAfterMs = elapsed() + silentForMs;
    }
    if (refused === 0) refusedFrom = lookedAt;
    refused = look.alive ? 0 : refused + 1;
    const refusalCountsAt = refusedFrom + REFUSED_FOR_MS;
    const enoughAtMs = refused >= LOOKS ? Math.min(refusalCountsAt, goneAfterMs) : goneAfterMs;
    const endedAt = elapsed();
    if (endedAt >= enoughAtMs) return { gone: true, detail: look.detail };
    // The look that may settle it ends when a refusal counts, and no sooner.
    const paced = refused >= LOOKS - 1 ? refusalCountsAt - (endedAt - lookedAt) : lookedAt + PACE_MS;
    const nextAtMs = Math.max(endedAt, paced);
    if (goneAfterMs - nextAtMs < SHORTEST_LOOK_MS) {
      await sleep(Math.max(0, goneAfterMs - elapsed()));
      return { gone: true, detail: look.detail };
    }
    await sleep(nextAtMs - elapsed());
  }
}

/** A look that has no answer in this time is over, whatever bound its own way of looking has. */
async function lookWithin(timeoutMs: number, lookAt: LookAt): Promise<Look> {
  try {
    return await bounded("a look", timeoutMs, lookAt(timeoutMs));
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    return { answers: false, alive: false, code: null, detail: `no answer within ${timeoutMs} ms` };
  }
}

/** What the signals allow. */
export type AbsenceVerdict =
  | { readonly verdict: "gone"; readonly stores: readonly StoreName[] }
  /** The primary serves this machine: nothing is gone, and a planned drill is what moves the role. */
  | { readonly verdict: "present"; readonly reason: string }
  /** The primary lives, but this machine cannot reach it: it must be stopped, on the operator's word. */
  | { readonly verdict: "out-of-reach"; readonly reason: string }
  /** A store of it lives and lets nobody in, or nobody could ask it: it must be stopped, on the operator's word. */
  | { readonly verdict: "unwell"; readonly reason: string };

/** Whether a look from there found the store to be what it says. */
export function serves(signal: Signal | undefined): boolean {
  return signal !== undefined && !signal.gone && signal.code === undefined;
}

/** The last signal of one observer about one store. */
export function lastSignal(
  signals: readonly Signal[],
  observer: Signal["observer"],
  store: StoreName,
): Signal | undefined {
  return signals.findLast((one) => one.observer === observer && one.store === store);
}

/** Holds two observers' signals together: a store is gone when this machine and the standby both say so. */
export function judgeAbsence(host: string, signals: readonly Signal[]): AbsenceVerdict {
  const of = (observer: Signal["observer"], store: StoreName): Signal | undefined =>
    lastSignal(signals, observer, store);
  const gone = STORE_NAMES.filter(
    (store) => of("operator", store)?.gone === true && of("standby", store)?.gone === true,
  );
  if (gone.length > 0) return { verdict: "gone", stores: gone };
  const words = STORE_NAMES.map(
    (store) =>
      `${store} ${of("operator", store)?.detail ?? "not asked"} (from here), ${of("standby", store)?.detail ?? "not asked"} (from the standby)`,
  ).join("; ");
  const unserved = STORE_NAMES.filter((store) => {
    const [here, there] = [of("operator", store), of("standby", store)];
    return here !== undefined && there !== undefined && !serves(here) && !serves(there);
  });
  if (unserved.length > 0)
    return { verdict: "unwell", reason: `${host} is not gone, ${unserved.join(" and ")} serves nobody: ${words}` };
  const reachable = STORE_NAMES.some((store) => of("operator", store)?.gone === false);
  return reachable
    ? { verdict: "present", reason: `${host} is not gone: ${words}` }
    : { verdict: "out-of-reach", reason: `${host} lives, only this machine cannot reach it: ${words}` };
}
