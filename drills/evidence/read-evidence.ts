import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../user-error";
import { documentPath } from "./evidence-paths";
import { parseEnv, type EnvParse } from "./env-text";

/** Evidence as it was found: the keys, held against the contract, and the JSON text, not yet judged. */
export interface ReadableEvidence {
  readonly readable: true;
  /** Where it came from, for messages: a path, or a stack. */
  readonly source: string;
  readonly env: EnvParse;
  readonly documentText: string;
}

/** Nothing that could be judged, why, and the command that mends it. */
export interface UnreadableEvidence {
  readonly readable: false;
  readonly reason: string;
  readonly next: string;
}

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
  return { readable: true, source: envPath, env: parseEnv(env.bytes), documentText: json.bytes.toString("utf8") };
}

type TextFile = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly reason: string };

async function readText(path: string, limitBytes: number): Promise<TextFile> {
  const fail = (reason: string): TextFile => ({ ok: false, reason: `${path} ${reason}` });
  try {
    const { size } = await stat(path);
    if (size > limitBytes) return fail(`is too large for evidence (${size} bytes, at most ${limitBytes})`);
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

function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
