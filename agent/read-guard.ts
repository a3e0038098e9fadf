import { readFile, readdir, statfs } from "node:fs/promises";
import path from "node:path";
import { parseFollowRecord, type FollowRecord } from "../drills/hosts/follow-record-text";
import { parseTold, TOLD_FILE, type Told } from "../settings/told";
import type { DrillSight, GuardSight } from "./sight";

/** A file's text; null where there is none. @throws Error when it is there and cannot be read */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}

/** This host's clock, as the lines that stand before a record: see `parseFollowRecord`. */
async function clockLines(): Promise<string> {
  const [uptime, boot] = await Promise.all([
    readFile("/proc/uptime", "utf8"),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
  ]);
  return `now=${Math.floor(Date.now() / 1000)}\nnow_up=${uptime.split(".", 1)[0] ?? ""}\nnow_boot=${boot.trim()}\n`;
}

async function readRecord(folder: string): Promise<FollowRecord | null> {
  const text = await textOf(path.join(folder, "followed"));
  return text === null ? null : parseFollowRecord((await clockLines()) + text);
}

/**
 * What the boot guard of a store has on its disk; nothing is changed there.
 * @returns null when the folder is not there or cannot be read: then nothing is known, not even that it is not fenced
 */
export async function readGuard(folder: string): Promise<GuardSight | null> {
  try {
    const names = new Set(await readdir(folder));
    const text = async (name: string): Promise<string> =>
      names.has(name) ? ((await textOf(path.join(folder, name))) ?? "").trim() : "";
    const [status, encryption, identity, record, disk] = await Promise.all([
      ...[text("status"), text("encryption"), text("identity")],
      readRecord(folder),
      statfs(folder),
    ] as const);
    const [state = "", ...reason] = status.split(" ");
    const on = encryption.split(" ")[1];
    return {
      state: state === "" ? null : state,
      reason: reason.join(" "),
      fenced: names.has("fenced"),
      demoting: names.has("demoting"),
      record,
      encrypts: on === "on" || on === "off" ? on === "on" : null,
      identity: identity.split(" ", 1)[0] || null,
      freeBytes: disk.bavail * disk.bsize,
      sizeBytes: disk.blocks * disk.bsize,
      atMs: Date.now(),
    };
  } catch {
    return null;
  }
}

/** The last drill in the journal of this host's PostgreSQL; null where there is none, or none that can be read. */
export async function readLastDrill(folder: string): Promise<DrillSight | null> {
  try {
    const journal = path.join(folder, "journal");
    const entries = await Promise.all(
      (await readdir(journal)).map(async (name): Promise<DrillSight[]> => {
        const { at } = JSON.parse(await readFile(path.join(journal, name), "utf8")) as { at?: string };
        const seconds = Date.parse(at ?? "") / 1000;
        return Number.isNaN(seconds) ? [] : [{ id: name.slice(0, name.lastIndexOf(".")), at: seconds }];
      }),
    );
    return entries.flat().sort((one, other) => other.at - one.at)[0] ?? null;
  } catch {
    return null;
  }
}

/** What the operator's verbs have told this host; null where nothing was, or while it is being written. */
export async function readTold(folder: string, environment: string): Promise<Told | null> {
  const text = await textOf(path.join(folder, TOLD_FILE)).catch(() => null);
  return text === null ? null : parseTold(text, environment);
}
