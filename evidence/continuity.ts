import { z } from "zod";
import { PROMISE_CLASSES } from "../settings/service-row";
import { serviceNameText } from "./service-terms";

const count = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();
const timestamp = z.iso.datetime({ precision: 3 });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const ranges = z.array(z.tuple([count, count]));

/** What was written to a service around the change of roles and what of it was found afterwards, in one unit. */
export const serviceCountSchema = z.strictObject({
  /** Such as `log lines`; the units of each service are in settings/services.ts. */
  unit: z.string().min(1),
  /** Which of them, in words. */
  what: z.string().min(1),
  counts: z.strictObject({
    /** Acknowledged, or for scrapes due. */
    written: count,
    /** Null when it could not be read: null is never zero. */
    found: count.nullable(),
    missing: count.nullable(),
    duplicated: count.nullable(),
  }),
  /** The numbers behind the counts, as [first, last] ranges, ascending; null where the section `probe` has them. */
  numbers: z
    .strictObject({ written: ranges, found: ranges.nullable(), duplicated: z.array(count).nullable() })
    .nullable(),
});

/** The newest backup of a service when the drill looked for it. */
export const serviceBackupSchema = z.strictObject({
  /** Name of the backup in its repository. */
  id: z.string().min(1),
  takenAt: timestamp,
  ageSeconds: z.number().nonnegative(),
  /** Age that the environment file allows, in seconds. */
  maxAgeSeconds: z.number().positive(),
  /** Size of what is saved, in bytes; null when it is not known. */
  bytes: count.nullable(),
});

/** What became of restoring the newest backup into a scratch network, and comparing it with what was recorded when it was made. */
export const serviceRestoreSchema = z.strictObject({
  outcome: z.enum(["equal", "differs", "failed"]),
  /** Why it is not equal; null when it is. */
  reason: z.string().min(1).nullable(),
  durationMs: milliseconds,
  compared: z.array(
    z.strictObject({
      /** Such as `rows` or `sha256 of the journal`. */
      what: z.string().min(1),
      recorded: z.union([z.string(), z.number()]).nullable(),
      restored: z.union([z.string(), z.number()]).nullable(),
    }),
  ),
});

/** The way that a service's data took, and why it was no better one; null: none is better. */
export const carryRouteSchema = z.strictObject({
  /** `through-the-command`: over the sessions of the process that ran the drill. `on-the-host`: from a backup that lay there. */
  way: z.enum(["host-to-host", "through-the-command", "on-the-host"]),
  why: z.string().min(1).nullable(),
});

/** How a service's data came to the promoted host. */
export const serviceCarrySchema = z.strictObject({
  /** `final-sync`: from the old primary, after it had stopped. `newest-backup`: it was gone. */
  how: z.enum(["final-sync", "newest-backup"]),
  /** How old the data were, seconds; 0 after a final sync. Counted from `completeUntil`, where there is one. */
  ageSeconds: z.number().nonnegative(),
  /**
   * Everything that the old primary had acknowledged by then is there. How much it acknowledged later, which is not, nobody
   * knows. Null or absent after a final sync: there is nothing later.
   */
  completeUntil: timestamp.nullable().optional(),
  /** Files that the old primary, or the backup, had, and how many of them had to be copied, with their bytes. */
  files: count,
  copiedFiles: count,
  copiedBytes: count,
  /** These three are absent from evidence that is older than they. */
  route: carryRouteSchema.optional(),
  /** Attempts that it took; each went on from where the one before had ended. 0 where nothing had to come. */
  attempts: count.optional(),
  /** Files that an earlier drill, which did not come to its end, had brought already. */
  keptFiles: count.optional(),
  /**
   * sha256 over the sorted list of those files: path, size and, of what was copied, sha256 of the content. Before: where
   * they came from. After: the same paths on the promoted host, before its service was started on them.
   */
  digestBefore: sha256,
  digestAfter: sha256,
  /** When writes to the old one ended and when the new one answered, milliseconds after the drill's zero. */
  stoppedAtMs: milliseconds,
  answeredAtMs: milliseconds,
});

/** Why a service, which other drills ask or whose data they carry, continues with what the promoted host had itself. */
export const notCarriedSchema = z.strictObject({
  /**
   * `no-backups`: the environment makes none. `no-backup-yet`: there is none of this service. `own-data-newer`: the
   * newest backup is older than what the promoted host had itself. `failed`: it was tried. `stores-only`: the drill was
   * of the two stores only, and asked nothing of this service.
   */
  why: z.enum(["no-backups", "no-backup-yet", "own-data-newer", "failed", "stores-only"]),
  /** The same in words, with its reason. */
  detail: z.string().min(1),
  /** The promoted host's own data go at least this far; null where that is not known. */
  ownDataUntil: timestamp.nullable(),
});

/** What one service was promised, what its backup is worth, how its data came over, and what was counted of them. */
export const serviceContinuitySchema = z.strictObject({
  service: serviceNameText,
  promise: z.enum(PROMISE_CLASSES),
  /** Null when there is none, or backups are not made in this environment. */
  backup: serviceBackupSchema.nullable(),
  /** Null when nothing was restored. */
  restore: serviceRestoreSchema.nullable(),
  /** Null where nothing is carried: the service replicates by itself, or the drill did not come so far. */
  carried: serviceCarrySchema.nullable(),
  /** Null or absent where data were carried, or none had to be. */
  notCarried: notCarriedSchema.nullable().optional(),
  counted: z.array(serviceCountSchema),
});

/** What each service kept across the change of roles. Evidence from before there was this section does not have it. */
export const continuitySchema = z.strictObject({
  /** When the canary wrote, milliseconds after the drill's zero; null when none did. */
  canary: z
    .strictObject({
      startedAtMs: milliseconds,
      finishedAtMs: milliseconds,
      /** How long pages were counted after the alert had fired. */
      pagesWatchedMs: milliseconds,
    })
    .nullable(),
  services: z.array(serviceContinuitySchema),
});

/** What each service kept across the change of roles. */
export type Continuity = z.infer<typeof continuitySchema>;
/** What one service kept. */
export type ServiceContinuity = z.infer<typeof serviceContinuitySchema>;
/** Written and found of one service, in one unit. */
export type ServiceCount = z.infer<typeof serviceCountSchema>;
/** How one service's data came to the promoted host. */
export type ServiceCarry = z.infer<typeof serviceCarrySchema>;
/** The way that a service's data took. */
export type CarryRoute = z.infer<typeof carryRouteSchema>;
/** Why one service's data were not carried over. */
export type NotCarried = z.infer<typeof notCarriedSchema>;
/** The newest backup of one service. */
export type ServiceBackup = z.infer<typeof serviceBackupSchema>;
/** What a restore of one service's newest backup came to. */
export type ServiceRestore = z.infer<typeof serviceRestoreSchema>;
