import type { JudgedAim } from "./aims";
import type { Distribution, Total } from "./distribution";
import { milliseconds } from "./swap-line";

const WIDTHS = [30, 9, 9, 11, 11, 11] as const;

function row(first: string, ...cells: readonly string[]): string {
  return `  ${[first, ...cells].map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[at] ?? 0))).join("")}`;
}

/** The heading of a table of distributions. */
export function headerRow(what: string): string {
  return row(what, "measured", "unknown", "p50", "p95", "max");
}

/** One distribution of milliseconds. */
export function timeRow(name: string, { measured, unknown, p50, p95, max }: Distribution): string {
  return row(name, String(measured), String(unknown), ...[p50, p95, max].map(milliseconds));
}

/** A sum, and how many of its parts are unknown. */
export function counted({ sum, unknown }: Total, what: string): string {
  return `${sum} ${what}${unknown === 0 ? "" : ` (unknown for ${unknown})`}`;
}

/** One aim, and whether it was met. */
export function aimLine({ name, unit, atMost, measured, verdict }: JudgedAim): string {
  const value = (one: number | null): string => (unit === "ms" ? milliseconds(one) : String(one ?? "unknown"));
  return `  ${verdict.toUpperCase().padEnd(8)} ${name}: ${value(measured)}, aim at most ${value(atMost)}`;
}
