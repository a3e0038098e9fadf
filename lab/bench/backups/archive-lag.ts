import type { Lsn } from "../../../evidence/lsn";
import { distributionOf, type Distribution } from "../distribution";

/** Where a server's write-ahead log had surely come to at a moment: it was read after it. */
export interface ServerPosition {
  /** Epoch milliseconds, taken before the position was read. */
  readonly atMs: number;
  readonly lsn: Lsn;
}

/** How far the archive on the other host reached at a moment: it was read before it. */
export interface ArchivePosition {
  /** Epoch milliseconds, taken after the position was read. */
  readonly atMs: number;
  readonly lsn: Lsn;
}

/** How far the archive was behind: what a loss of the server at that moment would have cost whoever has nothing but the archive. */
export interface ArchiveLag {
  /** From the first to the last sample. */
  readonly seconds: number;
  /** Milliseconds. Unknown are samples in which the archive could not be read, or was behind the first position of the server. */
  readonly behindMs: Distribution;
}

const ARCHIVED = /^archived (\d+) ([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(?:\.partial)? (\d+) (\d+)$/;

/**
 * Reads a line of `archive-position.sh`: when, which file, how far into it, how large it is.
 * @returns undefined for a line of another kind, null when it could not tell
 */
export function parseArchivePosition(line: string): ArchivePosition | null | undefined {
  if (line === "unknown") return null;
  const [, at, , high, low, offset, size] = ARCHIVED.exec(line) ?? [];
  if (high === undefined || low === undefined || offset === undefined || size === undefined) return undefined;
  const begin = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`) * BigInt(size);
  return { atMs: Number(at), lsn: begin + BigInt(offset) };
}

/**
 * How long ago the newest moment is of which the archive had everything; null when there is none. It is never too small, and too large by
 * at most the time between two positions of the server.
 * @param positions of the server, in order of time
 */
export function behindMs(archive: ArchivePosition, positions: readonly ServerPosition[]): number | null {
  const covered = positions.findLast(({ atMs, lsn }) => lsn <= archive.lsn && atMs <= archive.atMs);
  return covered === undefined ? null : archive.atMs - covered.atMs;
}

/** Sums samples of the archive up; null is a sample in which it could not be read. */
export function archiveLagOf(
  samples: readonly (ArchivePosition | null)[],
  positions: readonly ServerPosition[],
): ArchiveLag {
  const times = samples.flatMap((one) => (one === null ? [] : [one.atMs]));
  const [first = 0, last = first] = [times[0], times.at(-1)];
  return {
    seconds: Math.round((last - first) / 100) / 10,
    behindMs: distributionOf(samples.map((one) => (one === null ? null : behindMs(one, positions)))),
  };
}
