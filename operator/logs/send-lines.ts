import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { writeText } from "../../evidence/write-text";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { sendBody, verbLinesBody, type EndedVerb, type LokiDoor } from "./verb-lines";

/** Folder beside the evidence in which a verb's lines wait until each Loki has taken them, one folder a host. */
export const LINES_FOLDER = "lines";

/** So many verbs wait for one host at most; then the oldest go. */
export const MOST_WAITING = 200;

/** The Lokis of an environment whose logs are collected; none where they are not. Pure. */
export function lokiDoors(environment: Environment): readonly LokiDoor[] {
  if (environment.logs === undefined) return [];
  return namedHosts(environment).map((host) => ({ host, port: environment.ports.loki }));
}

/**
 * Leaves a verb's lines on the disk, once for each host, and sends every host what waits for it. Each Loki has all of them, as
 * it has the lines of the Collectors. Never throws: what is not taken waits for the next verb with the same folder, and that
 * is said.
 */
export async function sendLines(
  resultsDir: string,
  ended: EndedVerb,
  doors: readonly LokiDoor[],
  say: (words: string) => void,
  endedMs = Date.now(),
  requestMs?: number,
): Promise<void> {
  const body = verbLinesBody(ended, endedMs);
  const name = `${new Date(endedMs).toISOString().replaceAll(/[-:.]/g, "")}_${ended.verb.replaceAll(" ", "-")}.json`;
  await Promise.all(
    doors.map(async (door) => {
      try {
        const folder = path.join(resultsDir, LINES_FOLDER, door.host.name);
        await mkdir(folder, { recursive: true });
        await writeText(path.join(folder, name), body);
        await sendWaiting(folder, door, say, requestMs);
      } catch (error) {
        say(`the lines of this verb are not kept for Loki of ${door.host.name}: ${messageOf(error)}`);
      }
    }),
  );
}

async function sendWaiting(
  folder: string,
  door: LokiDoor,
  say: (words: string) => void,
  requestMs?: number,
): Promise<void> {
  const all = (await readdir(folder)).filter((one) => one.endsWith(".json")).sort();
  const over = all.slice(0, Math.max(0, all.length - MOST_WAITING));
  for (const one of over) await rm(path.join(folder, one), { force: true });
  if (over.length > 0) say(`${String(over.length)} of the oldest lines for Loki of ${door.host.name} went unsent`);
  for (const one of all.slice(over.length)) {
    const file = path.join(folder, one);
    const sent = await sendBody(await readFile(file, "utf8"), door, say, requestMs);
    // The next one would wait as long.
    if (sent === "waits") return;
    if (sent === "taken") await rm(file, { force: true });
    else await rename(file, `${file}.refused`);
  }
}
