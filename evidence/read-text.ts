import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../settings/user-error";

/** The bytes of a text file, or why there are none, beginning with its path. */
export type TextFile = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly reason: string };

/** Reads a file of UTF-8 text without control characters, up to a size. Never throws. */
export async function readText(path: string, limitBytes: number): Promise<TextFile> {
  const fail = (reason: string): TextFile => ({ ok: false, reason: `${path} ${reason}` });
  try {
    const { size } = await stat(path);
    if (size > limitBytes) return fail(`is too large (${size} bytes, at most ${limitBytes})`);
    const bytes = await readFile(path);
    if (bytes.length === 0) return fail("is empty");
    return isText(bytes) ? { ok: true, bytes } : fail("is not text");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return fail("is missing");
    return fail(`cannot be read: ${code === "EISDIR" ? "it is a folder" : messageOf(thrown)}`);
  }
}

function isText(bytes: Buffer): boolean {
  const control = bytes.some((byte) => byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return !control && Buffer.from(bytes.toString("utf8"), "utf8").equals(bytes);
}
