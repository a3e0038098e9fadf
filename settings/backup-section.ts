import { z } from "zod";
import { SERVICE_NAMES, type ServiceName } from "./services";

const minutes = z.number().int().min(1).max(525_600);

/** How often one service is backed up, and how old its newest backup may be before a drill is refused. */
const schedule = z.strictObject({
  interval_minutes: minutes.describe("time from one backup to the next"),
  max_age_minutes: minutes.describe("a drill stops when the newest backup is older than this"),
});

/** The section `backup` of an environment file. */
export const backupSchema = z.strictObject({
  image: z
    .string()
    .min(1)
    .describe("image with restic, rclone and the tools of the stores; `lab/images/backup` builds it"),
  memory_mib: z.number().int().min(128).describe("memory limit of the container, in MiB"),
  interval_minutes: minutes.default(60).describe("time from one backup of a service to the next"),
  max_age_minutes: minutes.default(180).describe("a drill stops when a service's newest backup is older than this"),
  services: z
    .partialRecord(z.enum(SERVICE_NAMES), schedule)
    .default({})
    .describe("services with an interval of their own; a base backup of a large database wants a longer one"),
  keep_last: z.number().int().min(1).default(24).describe("the newest backups of each service that are kept"),
  keep_days: z.number().int().min(1).default(14).describe("every backup of this many days is kept as well"),
  tidy_minutes: minutes.default(360).describe("time from one round of retention and full integrity check to the next"),
  check_mib: z
    .number()
    .int()
    .min(1)
    .default(256)
    .describe("how much of each repository a drill reads back, chosen at random, in MiB; a tidying round reads all"),
  min_free_mib: z
    .number()
    .int()
    .min(0)
    .default(1024)
    .describe("room below which no backup is taken, no write-ahead log is received and a drill stops, in MiB"),
});

/** The section `backup` of an environment file, with every default filled in. */
export type BackupSection = z.infer<typeof backupSchema>;

/** How often a service is backed up and how old its newest backup may be when a drill begins, in seconds. */
export interface BackupSchedule {
  readonly intervalSeconds: number;
  readonly maxAgeSeconds: number;
}

/** How often `service` is backed up, by its own entry or the section's default. */
export function backupSchedule(section: BackupSection, service: ServiceName): BackupSchedule {
  const own = section.services[service] ?? section;
  return { intervalSeconds: 60 * own.interval_minutes, maxAgeSeconds: 60 * own.max_age_minutes };
}
