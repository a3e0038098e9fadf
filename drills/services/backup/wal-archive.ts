import type { Lsn } from "../../../evidence/lsn";

/** One file of the write-ahead log's archive. */
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

function nameOf(number: bigint, timeline: number, bytes: bigint): string {
  const perFile = 0x1_0000_0000n / bytes;
  const hex = (value: bigint): string => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(BigInt(timeline)) + hex(number / perFile) + hex(number % perFile);
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

/** Bytes of the log from a segment on: what `restore.sh` copies beside a base backup that begins there. */
export function logBytes(files: readonly LogFile[], firstSegment: string): number {
  const position = (name: string): string => name.slice(8, 24);
  return files
    .filter(({ name }) => name.endsWith(".history") || position(name) >= position(firstSegment))
    .reduce((sum, one) => sum + one.bytes, 0);
}
