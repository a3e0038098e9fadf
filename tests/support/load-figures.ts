import { clientErrorsOf } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";

/** What went wrong with statements, over all drivers. */
export function errorsIn(all: readonly ClientLoad[]): number {
  return all.reduce((sum, one) => sum + clientErrorsOf(one), 0);
}

/** Why, for the words of a test that fails. */
export function codesIn(all: readonly ClientLoad[]): string {
  return JSON.stringify(all.map((one) => [one.driver, one.codes]));
}

/** Longest that a statement took, milliseconds. */
export function longestIn(all: readonly ClientLoad[], store: string): number {
  return Math.max(
    ...all
      .filter((one) => one.store === store)
      .flatMap(({ samples }) => samples.endMs.map((end, at) => end - (samples.startMs[at] ?? 0))),
  );
}

/** Longest that a statement took which was under way between two moments on the loads' clock, milliseconds; 0 where none was. */
export function longestBetween(
  all: readonly ClientLoad[],
  store: string,
  [from, to]: readonly [number, number],
): number {
  return Math.max(
    0,
    ...all
      .filter((one) => one.store === store)
      .flatMap(({ samples: { startMs, endMs } }) =>
        endMs.flatMap((end, at) => {
          const start = startMs[at] ?? 0;
          return end >= from && start <= to ? [end - start] : [];
        }),
      ),
  );
}
