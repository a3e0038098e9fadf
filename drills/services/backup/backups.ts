import { z } from "zod";
import { backupHosts, withBackupContainer } from "./backup-container";
import type { Content } from "./content/content";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";

/** One backup of one service, as it lies in the repository on the other host. */
export interface Backup {
  /** The host whose data it holds. */
  readonly host: string;
  readonly service: ServiceName;
  /** Name in the repository; 64 hexadecimal digits. */
  readonly id: string;
  /** When its data had been read, ISO 8601; the data are not newer. */
  readonly at: string;
  /** When its data were begun to be read, ISO 8601: what was acknowledged before is in it. Null when it does not say. */
  readonly begunAt: string | null;
  /** What it holds; null when the backup does not say. */
  readonly bytes: number | null;
  /** Where recovery from a base backup begins; null for the other services. */
  readonly base: BaseBackup | null;
  /** What was counted of the data when it was made, by name; a restore must give the same. */
  readonly content: Content;
}

/** Positions of a PostgreSQL base backup. */
export interface BaseBackup {
  readonly startLsn: string;
  /** Recovery must go at least this far before the data are consistent. */
  readonly endLsn: string;
  readonly timeline: number;
  /** The first file of the write-ahead log that it needs. */
  readonly firstSegment: string;
  readonly systemIdentifier: string;
}

const snapshotsSchema = z.array(
  z.object({ id: z.string(), time: z.string(), hostname: z.string(), tags: z.array(z.string()).nullish() }),
);

function tagged(tags: readonly string[], name: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${name}:`))?.slice(name.length + 1);
}

function baseOf(tags: readonly string[]): BaseBackup | null {
  const [startLsn, endLsn, timeline, firstSegment, systemIdentifier] = [
    "start",
    "end",
    "timeline",
    "wal",
    "system",
  ].map((name) => tagged(tags, name));
  if (!startLsn || !endLsn || !timeline || !firstSegment || !systemIdentifier) return null;
  return { startLsn, endLsn, timeline: Number(timeline), firstSegment, systemIdentifier };
}

/** A time that a tag has in epoch seconds. */
function timeIn(tags: readonly string[], name: string): string | null {
  const seconds = Number(tagged(tags, name) ?? Number.NaN);
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : null;
}

/** Tags such as `content:sha256-of-silences=…`; a number where it is one. */
function contentIn(tags: readonly string[]): Content {
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const [, name, value] = /^content:([\w-]+)=([\w-]+)$/.exec(tag) ?? [];
      if (name === undefined || value === undefined) return [];
      return [[name.replaceAll("-", " "), /^\d{1,15}$/.test(value) ? Number(value) : value]];
    }),
  );
}

/** Clocks of hosts and operator may differ by this much, in seconds: a backup from beyond it is not young, its time is wrong. */
export const CLOCK_LIMIT_SECONDS = 60;

/** Whether a backup's time is in the future. @param now epoch milliseconds */
export function isOfTheFuture({ at }: Pick<Backup, "at">, now: number): boolean {
  return Date.parse(at) > now + CLOCK_LIMIT_SECONDS * 1000;
}

/**
 * What `restic snapshots --json` tells, newest last; what is no service's backup is left out. How old one of the future is
 * nobody knows: these come first, so that none of them stands for the newest while there is another one.
 * @param now epoch milliseconds, of the clock that is furthest on of those that are known
 */
export function parseBackups(json: string, now = Date.now()): readonly Backup[] {
  const snapshots = snapshotsSchema.parse(JSON.parse(json) ?? []);
  return snapshots
    .flatMap(({ id, time, hostname, tags }): Backup[] => {
      const service = SERVICE_NAMES.find((name) => tags?.includes(name));
      if (service === undefined) return [];
      const bytes = tagged(tags ?? [], "bytes");
      return [
        {
          host: hostname,
          service,
          id,
          // restic's time is that of the beginning: of what was streamed meanwhile a tag says when it had been read.
          at: timeIn(tags ?? [], "taken") ?? new Date(time).toISOString(),
          bytes: bytes === undefined || bytes === "" ? null : Number(bytes),
          begunAt: timeIn(tags ?? [], "begun"),
          base: baseOf(tags ?? []),
          content: contentIn(tags ?? []),
        },
      ];
    })
    .sort(
      (left, right) =>
        Number(isOfTheFuture(right, now)) - Number(isOfTheFuture(left, now)) ||
        (left.at < right.at ? -1 : left.at > right.at ? 1 : 0),
    );
}

/** The backup of a service that is furthest in the future, whichever stands for the newest, and how far; undefined without one. */
export function aheadOf(
  backups: readonly Backup[],
  service: ServiceName,
  now: number,
): { readonly at: string; readonly seconds: number } | undefined {
  const ahead = backups.findLast((one) => one.service === service && isOfTheFuture(one, now));
  return ahead && { at: ahead.at, seconds: -Math.round((now - Date.parse(ahead.at)) / 1000) };
}

/** The newest backup of a service that is not newer than `at` (ISO 8601); undefined when there is none. */
export function chooseBackup(backups: readonly Backup[], service: ServiceName, at?: string): Backup | undefined {
  return backups.filter((one) => one.service === service && (at === undefined || one.at <= at)).at(-1);
}

/**
 * Every backup of `host`, oldest first, of one service or of all; read on the other host, where they lie.
 * @throws Error when that host or its repository cannot be read
 */
export async function listBackups(
  environment: Environment,
  host: string,
  service?: ServiceName,
): Promise<readonly Backup[]> {
  const { peer } = backupHosts(environment, host);
  const json = await withBackupContainer(environment, peer.name, (container) => container.ask(["list"]));
  return parseBackups(json).filter((one) => service === undefined || one.service === service);
}
