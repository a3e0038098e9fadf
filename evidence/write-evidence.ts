import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { signedBundle } from "./attestation/bundle";
import type { SigningKey } from "./attestation/keys";
import { statementOf } from "./attestation/statement";
import { serializeDocument, sha256Of } from "./canonical-json";
import type { EvidenceDocument } from "./document";
import { renderEnv } from "./env-text";

/** Where `understudy failover` leaves its evidence unless it is told otherwise, from the project's folder. */
export const DEFAULT_EVIDENCE_PATH = "docs/results/failover_result.env";

/**
 * Path of the JSON document that belongs to an `.env` evidence file: same folder, same base name.
 * @throws Error when `envPath` does not end in `.env`.
 */
export function documentPath(envPath: string): string {
  return `${withoutEnv(envPath)}.json`;
}

/**
 * Path of the Sigstore bundle with the signature of an `.env` evidence file and its JSON: same folder, same base name.
 * @throws Error when `envPath` does not end in `.env`.
 */
export function bundlePath(envPath: string): string {
  return `${withoutEnv(envPath)}.sigstore.json`;
}

function withoutEnv(envPath: string): string {
  if (extname(envPath) !== ".env") {
    throw new Error(`an evidence file ends in .env, ${JSON.stringify(envPath)} does not`);
  }
  return envPath.slice(0, -".env".length);
}

/** Where the files of the evidence were written. */
export interface WrittenEvidence {
  readonly envPath: string;
  readonly jsonPath: string;
  /** The Sigstore bundle with the signature; null when there is no key to sign with. */
  readonly bundlePath: string | null;
}

/**
 * Writes the evidence as `envPath` and, beside it, the JSON document of the same base name and, with a key, the bundle
 * with the signature of both. All texts are on the disk before anything is replaced; then the old `.env` and bundle go,
 * the others come, the `.env` comes last. So a crash leaves the old files, no `.env`, or the new files, but never an
 * `.env` whose JSON is not there, nor a bundle of an older drill beside a newer `.env`.
 * @throws Error when the path does not end in `.env`, a value is not well formed, or the folder cannot be written.
 */
export async function writeEvidence(
  envPath: string,
  document: EvidenceDocument,
  key: SigningKey | null = null,
): Promise<WrittenEvidence> {
  const files = evidenceFiles(envPath, document, key);
  const folder = dirname(envPath);
  await mkdir(folder, { recursive: true });
  const temporary = (path: string): string => join(folder, `.${basename(path)}.${process.pid}.tmp`);
  try {
    for (const { path, text } of files) await writeDurably(temporary(path), text);
    await rm(envPath, { force: true });
    await rm(bundlePath(envPath), { force: true });
    for (const { path } of files) await rename(temporary(path), path);
  } finally {
    for (const { path } of files) await rm(temporary(path), { force: true });
  }
  await syncFolder(folder);
  return { envPath, jsonPath: documentPath(envPath), bundlePath: key && bundlePath(envPath) };
}

/** The files of the evidence, in the order in which they take their places. */
function evidenceFiles(
  envPath: string,
  document: EvidenceDocument,
  key: SigningKey | null,
): readonly { readonly path: string; readonly text: string }[] {
  const jsonPath = documentPath(envPath);
  const { text, sha256 } = serializeDocument(document);
  const env = renderEnv(document, sha256);
  const subjects = {
    env: { name: basename(envPath), sha256: sha256Of(env) },
    document: { name: basename(jsonPath), sha256 },
  };
  return [
    { path: jsonPath, text },
    ...(key ? [{ path: bundlePath(envPath), text: signedBundle(statementOf(document, subjects, key), key) }] : []),
    { path: envPath, text: env },
  ];
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
