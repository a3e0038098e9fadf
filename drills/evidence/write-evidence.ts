import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { serializeDocument } from "./canonical-json";
import type { EvidenceDocument } from "./document";
import { renderEnv } from "./env-text";
import { documentPath } from "./evidence-paths";

/** Where the two files of the evidence were written. */
export interface WrittenEvidence {
  readonly envPath: string;
  readonly jsonPath: string;
}

/**
 * Writes the evidence as `envPath` and, beside it, the JSON document of the same base name. Both texts are on the disk
 * before anything is replaced; then the old `.env` goes, the JSON comes, the `.env` comes last. So a crash leaves the
 * old pair, no `.env`, or the new pair, but never an `.env` whose JSON is not there.
 * @throws Error when the path does not end in `.env`, a value is not well formed, or the folder cannot be written.
 */
export async function writeEvidence(envPath: string, document: EvidenceDocument): Promise<WrittenEvidence> {
  const jsonPath = documentPath(envPath);
  const { text, sha256 } = serializeDocument(document);
  const env = renderEnv(document, sha256);
  const folder = dirname(envPath);
  await mkdir(folder, { recursive: true });
  const temporary = (path: string): string => join(folder, `.${basename(path)}.${process.pid}.tmp`);
  try {
    await writeDurably(temporary(jsonPath), text);
    await writeDurably(temporary(envPath), env);
    await rm(envPath, { force: true });
    await rename(temporary(jsonPath), jsonPath);
    await rename(temporary(envPath), envPath);
  } finally {
    await rm(temporary(jsonPath), { force: true });
    await rm(temporary(envPath), { force: true });
  }
  await syncFolder(folder);
  return { envPath, jsonPath };
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
