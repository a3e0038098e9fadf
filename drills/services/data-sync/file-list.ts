import { canonicalJson, sha256Of } from "../../../evidence/canonical-json";

/** One file: bytes, and when it was last changed in seconds since 1970. */
export interface FileState {
  readonly bytes: number;
  readonly changedAt: number;
}

/** Files by their path below the service's folder, such as `./chunks/index/…`. */
export type FileList = ReadonlyMap<string, FileState>;

/** Reads what `stat -c '%s %Y %n'` printed of each file. @throws Error when a line is none of its */
export function parseFileList(text: string): FileList {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, FileState] => {
        const [, bytes, changedAt, path] = /^(\d+) (\d+) (\.\/.+)$/.exec(line) ?? [];
        if (path === undefined) throw new Error(`not a line of a file list: ${line.slice(0, 200)}`);
        return [path, { bytes: Number(bytes), changedAt: Number(changedAt) }];
      }),
  );
}

/** Paths that `there` lacks or has otherwise, sorted: size and time of the last change tell, as they do for rsync. */
export function toBeCopied(here: FileList, there: FileList): string[] {
  return [...here]
    .filter(([path, { bytes, changedAt }]) => {
      const other = there.get(path);
      return other?.bytes !== bytes || other.changedAt !== changedAt;
    })
    .map(([path]) => path)
    .sort();
}

/** Paths of `there` that `here` does not have, sorted. */
export function surplus(here: FileList, there: FileList): string[] {
  return [...there.keys()].filter((path) => !here.has(path)).sort();
}

/** Reads what `sha256sum` printed, by path. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
}

/**
 * sha256 over the sorted `paths` as they are in `list`: path, size and, where there is a checksum, the content's. A path
 * that is not there counts as missing, so two digests are equal only when both sides have all of them alike.
 */
export function digestOf(paths: Iterable<string>, list: FileList, checksums: ReadonlyMap<string, string>): string {
  const lines = [...paths]
    .sort()
    .map((path) => [path, list.get(path)?.bytes ?? "missing", checksums.get(path) ?? "-"].join("\t"));
  return sha256Of(canonicalJson(lines));
}
