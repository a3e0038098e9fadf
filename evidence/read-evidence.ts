import { readFile, stat } from "node:fs/promises";
import { type EnvParse, parseEnv } from "./env-text";
import { documentPath } from "./write-evidence";
import type { PendingOperation } from "./pending-operations";
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

/** Evidence as it was found: the keys, held against the contract, and the JSON text, not yet judged. */
export interface ReadableEvidence {
  readonly readable: true;
  /** Where it came from, for messages: a path, or a stack. */
  readonly source: string;
  readonly env: EnvParse;
  /** The `.env` text as it was found, or as the contract writes it where the evidence is no file. */
  readonly envText: string;
  readonly documentText: string;
  /** What the engine had not finished on the stack that it comes from; absent when it comes from a file. */
  readonly pendingOperations?: readonly PendingOperation[];
}

/** Nothing that could be judged, why, and the command that mends it. */
export interface UnreadableEvidence {
  readonly readable: false;
  readonly reason: string;
  readonly next: string;
}

/** What came of reading evidence: texts to judge, or the reason why there are none. */
export type EvidenceReading = ReadableEvidence | UnreadableEvidence;

const ENV_LIMIT_BYTES = 64 * 1024;
const DOCUMENT_LIMIT_BYTES = 512 * 1024 * 1024;

/**
 * Reads an `.env` evidence file and the JSON beside it. Never throws: a file that is missing, empty, too large,
 * truncated or not text is unreadable, with the reason.
 */
export async function readEvidence(envPath: string): Promise<EvidenceReading> {
  const unreadable = (reason: string): UnreadableEvidence => ({
    readable: false,
    reason,
    next: `understudy failover --env-config ENVIRONMENT.yaml --output-file ${shellWord(envPath)}`,
  });
  let jsonPath: string;
  try {
    jsonPath = documentPath(envPath);
  } catch (thrown) {
    return { readable: false, reason: messageOf(thrown), next: "understudy verify --evidence FILE.env" };
  }
  const env = await readText(envPath, ENV_LIMIT_BYTES);
  if (!env.ok) return unreadable(env.reason);
  if (env.bytes.at(-1) !== 0x0a) return unreadable(`${envPath} is truncated: its last line has no end`);
  const json = await readText(jsonPath, DOCUMENT_LIMIT_BYTES);
  if (!json.ok) return unreadable(json.reason);
  return {
    readable: true,
    source: envPath,
    env: parseEnv(env.bytes),
    envText: env.bytes.toString("utf8"),
    documentText: json.bytes.toString("utf8"),
  };
}

function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
