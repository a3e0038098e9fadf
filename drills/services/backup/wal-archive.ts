import type { Lsn } from "../../../evidence/lsn";

/** One file of the archive of the write-ahead log, in its folder or in the repository. */
export interface LogFile {
  readonly name: string;
  readonly bytes: number;
}

const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/;

/** What `ask.sh` prints of the log, alone or among what it says of its status: name and bytes, one file a line. */
export function parseLogFiles(text: string): readonly LogFile[] {
  return text
    .split("\n")
    .map((line) => /^(\S+) (\d+)$/.exec(line))
    .flatMap((match) => (match?.[1] === undefined ? [] : [{ name: match[1], bytes: Number(match[2]) }]));
}

interface Segment {
  readonly timeline: number;
  /** Its place in the log, counted in segments. */
  readonly number: bigint;
  readonly partial: boolean;
}

function segmentBytes(files: readonly LogFile[]): bigint {
  const whole = files.find((one) => SEGMENT.test(one.name));
  return BigInt(whole?.bytes ?? 0);
}

function segments(files: readonly LogFile[], bytes: bigint): readonly Segment[] {
  const perFile = bytes === 0n ? 1n : 0x1_0000_0000n / bytes;
  return files.flatMap(({ name }) => {
    const [, timeline, high, low, partial] = SEGMENT.exec(name) ?? [];
    if (timeline === undefined || high === undefined || low === undefined) return [];
    return [
      {
        timeline: Number.parseInt(timeline, 16),
        number: BigInt(`0x${high}`) * perFile + BigInt(`0x${low}`),
        partial: partial !== undefined,
      },
    ];
  });
}

const hex = (value: bigint | number): string => value.toString(16).toUpperCase().padStart(8, "0");

/** The place of a file in the log, counted in segments of so many bytes, whatever its timeline. */
export function placeOf(name: string, bytes: number): bigint {
  return BigInt(`0x${name.slice(8, 16)}`) * (0x1_0000_0000n / BigInt(bytes)) + BigInt(`0x${name.slice(16, 24)}`);
}

/** The name of the file at a place. @param timeline eight hexadecimal digits */
export function nameAt(place: bigint, timeline: string, bytes: number): string {
  const perFile = 0x1_0000_0000n / BigInt(bytes);
  return timeline + hex(place / perFile) + hex(place % perFile);
}

function nameOf(number: bigint, timeline: number, bytes: bigint): string {
  return nameAt(number, hex(timeline), Number(bytes));
}

/**
 * What is missing between `firstSegment` and the newest file, in words; undefined when the log is whole. Where timelines
 * meet, either's file will do; a new timeline needs its history file; only the end of a timeline may be partial.
 */
export function logGap(files: readonly LogFile[], firstSegment: string): string | undefined {
  const bytes = segmentBytes(files);
  const all = segments(files, bytes);
  const [first] = segments([{ name: firstSegment, bytes: 0 }], bytes);
  if (first === undefined) return `${firstSegment} is not the name of a segment`;
  const needed = all.filter((one) => one.number >= first.number);
  if (!needed.some((one) => one.number === first.number)) return `${firstSegment} is missing`;
  const newest = needed.reduce((last, one) => (one.number > last ? one.number : last), first.number);
  const timelines = [...new Set(needed.map((one) => one.timeline))].sort((left, right) => left - right);
  for (const timeline of timelines.filter((one) => one > first.timeline)) {
    const history = `${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`;
    if (!files.some((one) => one.name === history)) return `${history} is missing`;
  }
  for (let number = first.number; number < newest; number += 1n) {
    const here = needed.filter((one) => one.number === number);
    const timeline = Math.max(
      first.timeline,
      ...needed.filter((one) => one.number <= number).map((one) => one.timeline),
    );
    if (here.length === 0) return `${nameOf(number, timeline, bytes)} is missing`;
    const goesOn = needed.some(
      (one) => one.number > number && here.some((same) => same.timeline === one.timeline && same.partial),
    );
    if (here.every((one) => one.partial) && goesOn) return `${nameOf(number, timeline, bytes)} is only partial`;
  }
  return undefined;
}

/**
 * Bytes of the log between the end of the archive and `current`, a position of the server: what a loss of that server
 * now would cost the archive at most, one segment exact. Null when the archive is empty.
 */
export function archiveLag(files: readonly LogFile[], current: Lsn): bigint | null {
  const bytes = segmentBytes(files);
  const newest = segments(files, bytes).reduce<bigint | null>(
    (last, one) => (last === null || one.number > last ? one.number : last),
    null,
  );
  if (newest === null || bytes === 0n) return null;
  const end = (newest + 1n) * bytes;
  return current > end ? current - end : 0n;
}

/** Bytes of one segment; null when the archive is empty. */
export function segmentSize(files: readonly LogFile[]): number | null {
  const bytes = segmentBytes(files);
  return bytes === 0n ? null : Number(bytes);
}

/**
 * Bytes of the log from a segment on: what `restore.sh` brings beside a base backup that begins there.
 * @param last the last position that is brought, as in the names of files; undefined: the newest
 */
export function logBytes(files: readonly LogFile[], firstSegment: string, last?: string): number {
  const position = (name: string): string => name.slice(8, 24);
  return files
    .filter(
      ({ name }) =>
        name.endsWith(".history") ||
        (position(name) >= position(firstSegment) && (last === undefined || position(name) <= last)),
    )
    .reduce((sum, one) => sum + one.bytes, 0);
}

/** Recovery to a position ends with the first record that begins there or later: no record is longer than this. */
const LONGEST_RECORD = 0x4000_0000n;

/**
 * The last position, as in the names of files, that recovery to `lsn` can want; undefined when the archive is empty.
 * One more file, since the rest of one may be empty.
 */
export function lastPositionFor(files: readonly LogFile[], lsn: Lsn): string | undefined {
  const bytes = segmentSize(files);
  return bytes === null ? undefined : nameAt((lsn + LONGEST_RECORD) / BigInt(bytes) + 2n, "", bytes);
}
