/** Length of a header, and what everything is filled up to, in bytes. */
const BLOCK = 512;
const KINDS = { file: "0", link: "2", folder: "5" } as const;

/** One entry of a tar archive. */
export interface TarEntry {
  /** Relative, at most 100 bytes. */
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  /** Of a file; empty for the others. */
  readonly content: Buffer;
  /** Where a link leads; empty for the others. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Permissions, such as 0o400. */
  readonly mode: number;
}

function octal(value: number, digits: number): string {
  const text = value.toString(8).padStart(digits, "0");
  if (text.length > digits) throw new RangeError(`too large for a tar archive: ${String(value)}`);
  return `${text}\0`;
}

function header({ name, kind, content, target, uid, gid, mode }: TarEntry, seconds: number): Buffer {
  for (const one of [name, target])
    if (Buffer.byteLength(one) > 100) throw new RangeError(`too long for a tar archive: ${one}`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(uid, 7), 108);
  block.write(octal(gid, 7), 116);
  block.write(octal(content.length, 11), 124);
  block.write(octal(seconds, 11), 136);
  block.write(" ".repeat(8), 148);
  block.write(KINDS[kind], 156);
  block.write(target, 157);
  block.write("ustar\0" + "00", 257, "latin1");
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** An archive (ustar) of these entries, in this order. @throws RangeError when a name or an owner has no room in it */
export function tarArchive(entries: readonly TarEntry[], seconds = Math.floor(Date.now() / 1000)): Buffer {
  const parts = entries.flatMap((one) => [
    header(one, seconds),
    one.content,
    Buffer.alloc((BLOCK - (one.content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/**
 * The files, folders and links of an archive as a Docker engine gives it; anything else in it is left out.
 * @throws RangeError when it ends in the middle of an entry
 */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const found: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const text = (from: number, to: number): string =>
      archive
        .subarray(at + from, at + to)
        .toString("utf8")
        .replace(/\0.*$/s, "");
    const number = (from: number, to: number): number => Number.parseInt(text(from, to).trim() || "0", 8);
    const size = number(124, 136);
    const begin = at + BLOCK;
    if (begin + size > archive.length) throw new RangeError(`a tar archive ends in the middle of ${text(0, 100)}`);
    const flag = text(156, 157) || "0";
    const kind = (Object.keys(KINDS) as TarEntry["kind"][]).find((one) => KINDS[one] === flag);
    const prefix = text(345, 500);
    if (kind !== undefined) {
      found.push({
        name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
        kind,
        content: kind === "file" ? archive.subarray(begin, begin + size) : Buffer.alloc(0),
        target: text(157, 257),
        uid: number(108, 116),
        gid: number(116, 124),
        mode: number(100, 108) & 0o7777,
      });
    }
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}
