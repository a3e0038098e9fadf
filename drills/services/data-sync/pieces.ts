import { sha256Of } from "../../../evidence/canonical-json";
import type { FileList, FileState } from "./file-list";

/** What goes from host to host at a time, in bytes at most; an attempt ends when no piece arrives for a while. */
export const PIECE_BYTES = 8 * 1024 * 1024;
/** So many files go in one piece at most: their names are words of one command. */
const FILES_IN_ONE = 500;

/** A piece of what is to be brought: small files together, or a part of a large one. */
export type Piece =
  | { readonly kind: "files"; readonly paths: readonly string[]; readonly bytes: number }
  | {
      readonly kind: "part";
      readonly path: string;
      /** Bytes of the file before this part. */
      readonly offset: number;
      readonly bytes: number;
      readonly file: FileState;
    };

/** The name under which parts of a file wait: another one once the file has changed, so that parts of two never meet. */
export function partsName(path: string, { bytes, changedAt }: FileState): string {
  return sha256Of(`${path}\t${bytes}\t${changedAt}`).slice(0, 32);
}

/**
 * The pieces in which these files go, the small ones first: of them the most are kept when an attempt ends early. Pure.
 * @param arrived bytes of each large file that have arrived before, by the name of its parts
 */
export function piecesOf(
  paths: readonly string[],
  here: FileList,
  arrived: ReadonlyMap<string, number>,
  most = PIECE_BYTES,
): readonly Piece[] {
  const [pieces, parts]: [Piece[], Piece[]] = [[], []];
  let together: { paths: string[]; bytes: number } = { paths: [], bytes: 0 };
  const close = (): void => {
    if (together.paths.length > 0) pieces.push({ kind: "files", ...together });
    together = { paths: [], bytes: 0 };
  };
  for (const path of paths) {
    const file = here.get(path);
    if (file === undefined) continue;
    if (file.bytes > most) {
      let offset = Math.min(arrived.get(partsName(path, file)) ?? 0, file.bytes);
      do {
        const bytes = Math.min(most, file.bytes - offset);
        parts.push({ kind: "part", path, offset, bytes, file });
        offset += bytes;
      } while (offset < file.bytes);
      continue;
    }
    if (together.bytes + file.bytes > most || together.paths.length >= FILES_IN_ONE) close();
    together.paths.push(path);
    together.bytes += file.bytes;
  }
  close();
  return [...pieces, ...parts];
}
