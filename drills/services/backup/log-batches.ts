import { z } from "zod";
import { nameAt, parseLogFiles, placeOf, type LogFile } from "./wal-archive";

/** A batch of a host's write-ahead log in its repository; the tags of such a snapshot are told in configs/backup/log.sh. */
export interface LogBatch {
  /** Name in the repository; 64 hexadecimal digits. */
  readonly id: string;
  /** Which log its files belong to: one that could not be continued and was begun anew is another. */
  readonly line: string;
  readonly files: readonly LogFile[];
}

const snapshotsSchema = z.array(z.object({ id: z.string(), tags: z.array(z.string()).nullish() }));
const RUN = /^files:([0-9A-F]{24}(?:\.partial)?)(?:\.\.([0-9A-F]{24}))?$/;
/** No batch holds more, whatever a tag says. */
const MOST_FILES = 1_000_000n;

/** The files of one run on one timeline, from the first to the last of them. */
function filesOf(first: string, last: string, bytes: number): readonly LogFile[] {
  if (first === last || first.endsWith(".partial")) return [{ name: first, bytes }];
  const [from, to] = [placeOf(first, bytes), placeOf(last, bytes)];
  if (to < from || to - from > MOST_FILES) return [];
  return Array.from({ length: Number(to - from) + 1 }, (_, index) => ({
    name: nameAt(from + BigInt(index), first.slice(0, 8), bytes),
    bytes,
  }));
}

/** The batches among what `restic snapshots --json` tells; one that was not seen to be whole has no such tag and is none. */
export function parseLogBatches(json: string): readonly LogBatch[] {
  return snapshotsSchema.parse(JSON.parse(json) ?? []).flatMap(({ id, tags }): LogBatch[] => {
    const value = (name: string): string | undefined =>
      tags?.find((tag) => tag.startsWith(`${name}:`))?.slice(name.length + 1);
    const [line, bytes] = [value("line"), Number(value("segment"))];
    if (tags?.includes("log") !== true || line === undefined || !(bytes > 0)) return [];
    const files = tags.flatMap((tag) => {
      const [, first, last = first] = RUN.exec(tag) ?? [];
      return first === undefined || last === undefined ? [] : filesOf(first, last, bytes);
    });
    return [{ id, line, files }];
  });
}

/**
 * Every file of the log that is being received: what lies in its folder, and what is in the repository.
 * @param folder what `ask.sh` says of it, read before `batches`: files go from there into the repository, never back
 */
export function wholeLog(folder: string, batches: readonly LogBatch[]): readonly LogFile[] {
  const line = /^here line=(\S+)$/m.exec(folder)?.[1];
  const here = parseLogFiles(folder);
  const stored = batches.filter((one) => one.line === line).flatMap((one) => one.files);
  return [...new Map([...stored, ...here].map((one) => [one.name, one])).values()];
}

/** What `ask.sh wal` says: the folder, and the repository's snapshots as JSON in a line. */
export function parseWholeLog(text: string): readonly LogFile[] {
  const json = text.split("\n").find((line) => line.startsWith("["));
  return wholeLog(text, parseLogBatches(json ?? "null"));
}
