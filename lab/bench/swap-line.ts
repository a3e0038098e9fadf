import { STORE_NAMES, type StoreName } from "../../settings/services";
import { totalOf } from "./distribution";
import type { SwapRecord } from "./swap-record";

/** What people call the stores. */
export const STORE_TITLES: Readonly<Record<StoreName, string>> = { timescaledb: "PostgreSQL", redis: "Redis" };

/** Milliseconds with one decimal, or the word for what was not measured. */
export function milliseconds(value: number | null): string {
  return value === null ? "unknown" : `${value.toFixed(1)} ms`;
}

/** One swap in one line: the way it went, what clients saw, what was lost, and why it failed when it did. */
export function swapLine({ fromHost, toHost, outageMs, events, failure }: SwapRecord): string {
  const outages = STORE_NAMES.map((store) => `${STORE_TITLES[store]} ${milliseconds(outageMs[store])}`);
  const lost = totalOf(STORE_NAMES.map((store) => events[store].lost));
  const parts = [
    fromHost === null || toHost === null ? "no evidence" : `${fromHost} -> ${toHost}`,
    ...outages,
    `lost ${lost.unknown > 0 ? "unknown" : lost.sum}`,
    ...(failure === null ? [] : [`FAILED: ${failure}`]),
  ];
  return parts.join("  ");
}
