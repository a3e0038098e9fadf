import { readRecord } from "../drill/drill-record";

/** A record that ended longer ago is of another run. */
const RECENT_MS = 10 * 60_000;

/**
 * Whether a unit that failed is a drill which has told everybody itself: one that was killed, or that could not reach a
 * receiver, has not.
 * @param unit its name, such as `understudy-dry-run.service`
 */
export async function toldAlready(unit: string, folder: string, now: Date): Promise<boolean> {
  const kind = /dry-run/.test(unit) ? "dry-run" : /drill/.test(unit) ? "execute" : undefined;
  if (kind === undefined) return false;
  const record = await readRecord(folder, kind);
  if (record?.finishedAt === undefined || record.finishedAt === null) return false;
  const age = now.getTime() - Date.parse(record.finishedAt);
  const all = record.announced.length > 0 && record.announced.every(({ ok }) => ok);
  return all && record.exitCode !== 0 && age >= 0 && age < RECENT_MS;
}
