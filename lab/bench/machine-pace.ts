import { pbkdf2Sync } from "node:crypto";
import { nearestRank } from "./distribution";

/** Rounds of SHA-256: 10 to 40 ms of a processor. */
const ROUNDS = 50_000;
const TIMES = 5;

/**
 * How long one piece of work takes that is always the same, milliseconds of processor: a machine that is shared with others
 * does more in one hour than in the next, and nothing else that a benchmark measures says so. The middle one of five.
 */
export function machinePace(): number {
  const took = Array.from({ length: TIMES }, () => {
    const before = process.cpuUsage();
    pbkdf2Sync("the same", "each time", ROUNDS, 32, "sha256");
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.round((nearestRank(took, 50) ?? Number.NaN) * 100) / 100;
}

/** The paces of a series in a line; undefined without any. Pure. */
export function paceLine(paces: readonly number[]): string | undefined {
  if (paces.length === 0) return undefined;
  const [least, most] = [Math.min(...paces), Math.max(...paces)];
  return `  the same piece of work took ${least.toFixed(1)} to ${most.toFixed(1)} ms of a processor before each switchover: the machine was ${(most / least).toFixed(1)} times as slow at its slowest as at its fastest`;
}
