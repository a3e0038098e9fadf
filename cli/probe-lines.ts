import type { StandingDescription } from "../drills/probe/standing/protocol";
import { STORE_NAMES, type StoreName } from "../settings/services";

/** No acknowledgement for so long is worth a line, in milliseconds. */
const SILENT_MS = 1000;

function secondsSilent({ nowMs, stores }: StandingDescription, store: StoreName): number {
  return (nowMs - (stores[store].last?.atMs ?? 0)) / 1000;
}

function isSilent(probe: StandingDescription, store: StoreName): boolean {
  return probe.stores[store].last === null || secondsSilent(probe, store) * 1000 > SILENT_MS;
}

function storeWords(before: StandingDescription | undefined, now: StandingDescription, store: StoreName): string {
  const { acknowledged, last, problem } = now.stores[store];
  const why = problem === "" ? "" : ` (${problem})`;
  if (last === null) return `${store} nothing acknowledged yet${why}`;
  if (isSilent(now, store)) {
    return `${store} NOTHING ACKNOWLEDGED for ${secondsSilent(now, store).toFixed(1)} s${why}`;
  }
  const seconds = (now.nowMs - (before?.nowMs ?? 0)) / 1000;
  const rate = Math.round((acknowledged - (before?.stores[store].acknowledged ?? 0)) / seconds);
  return `${store} ${rate}/s on ${last.endpoint}, ${acknowledged} in all`;
}

/** One line on what was acknowledged between two looks, a second apart. */
export function probeLine(before: StandingDescription | undefined, now: StandingDescription): string {
  const words = STORE_NAMES.map((store) => storeWords(before, now, store));
  const adopted = now.adoptedBy === null ? [] : [`adopted by ${now.adoptedBy}`];
  return [`${(now.nowMs / 1000).toFixed(0)} s`, ...words, ...adopted].join("  ");
}

/** Whether a second look shows something that one who reads no line a second must still be told. */
export function isNews(before: StandingDescription | undefined, now: StandingDescription): boolean {
  if (before === undefined || before.adoptedBy !== now.adoptedBy) return true;
  return STORE_NAMES.some(
    (store) =>
      isSilent(before, store) !== isSilent(now, store) ||
      before.stores[store].last?.endpoint !== now.stores[store].last?.endpoint,
  );
}
