import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { writeText } from "../../evidence/write-text";
import { messageOf, UserError } from "../../settings/user-error";
import type { TracedDrill } from "./serialise-trace";

/** Folder beside the evidence in which traces wait until Tempo has taken them. */
export const OUTBOX_FOLDER = "traces";

/** So many wait at most: about 20 KB each. */
export const MOST_WAITING = 200;

const WAITING = ".json";
const REFUSED = ".refused";

/** A trace that waits. */
export interface WaitingTrace {
  readonly file: string;
  /** As it is sent: OTLP in JSON. */
  readonly body: string;
}

/**
 * Puts a trace into the outbox, whole or not at all. What is more than the outbox holds goes, the oldest first.
 * @returns how many went
 * @throws UserError when it cannot be written
 */
export async function keepTrace(resultsDir: string, { id, startedAt }: TracedDrill, body: string): Promise<number> {
  const folder = path.join(resultsDir, OUTBOX_FOLDER);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new UserError(`${folder} cannot be made: ${messageOf(error)}`, "choose another folder for the evidence");
  });
  await writeText(path.join(folder, `${startedAt.replaceAll(/[-:.]/g, "")}_${id}${WAITING}`), body);
  const all = await namesIn(folder, WAITING, REFUSED);
  const over = all.slice(0, Math.max(0, all.length - MOST_WAITING));
  for (const name of over) await rm(path.join(folder, name), { force: true });
  return over.length;
}

/** Every trace that waits, the oldest first; none where there is no outbox. */
export async function waitingTraces(resultsDir: string): Promise<readonly WaitingTrace[]> {
  const folder = path.join(resultsDir, OUTBOX_FOLDER);
  const found: WaitingTrace[] = [];
  for (const name of await namesIn(folder, WAITING)) {
    const file = path.join(folder, name);
    // Another verb may have sent it meanwhile.
    const body = await readFile(file, "utf8").catch(() => undefined);
    if (body !== undefined) found.push({ file, body });
  }
  return found;
}

/** Tempo has it. */
export async function dropTrace({ file }: WaitingTrace): Promise<void> {
  await rm(file, { force: true });
}

/** Tempo will never take it: it stays to be looked at, and is not sent again. @returns where it lies */
export async function setAside({ file }: WaitingTrace): Promise<string> {
  const aside = `${file}${REFUSED}`;
  await rename(file, aside);
  return aside;
}

/** Names begin with when the drill began. */
async function namesIn(folder: string, ...ends: readonly string[]): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".") && ends.some((end) => name.endsWith(end))).sort();
}
