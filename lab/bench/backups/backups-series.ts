import type { StoreName } from "../../../settings/services";
import type { JudgedAim } from "../aims";
import type { Distribution } from "../distribution";
import type { LoadDone } from "../load-meter";
import type { SwapRecord } from "../swap-record";
import type { ArchiveLag } from "./archive-lag";
import type { OutageComparison } from "./compare-outages";
import type { Throughput } from "./throughput";

/** One backup of PostgreSQL, from the call of the verb to its answer. */
export interface TimedBackup {
  readonly seconds: number;
  /** What it holds. */
  readonly bytes: number;
  /** What of that the repository did not have. */
  readonly addedBytes: number;
}

/** One restore of PostgreSQL into a scratch network, from the first byte read to the first answer. */
export interface TimedRestore {
  readonly seconds: number;
  /** What the backup holds, without the write-ahead log that comes with it; null when it does not say. */
  readonly bytes: number | null;
}

/** How large one host's backups are against its data, bytes. */
export interface RepositorySize {
  /** What the newest backups of all services hold together; null when one of them does not say, or is not there. */
  readonly dataBytes: number | null;
  /** The encrypted repository with every backup in it. */
  readonly repositoryBytes: number;
  /** The archive of the write-ahead log beside it. */
  readonly logBytes: number;
  /** How many backups the repository holds, of all services. */
  readonly backups: number;
}

/** A swap of the comparison, and which pair of blocks it belongs to, counted from 1. */
export interface ComparedSwap extends SwapRecord {
  readonly block: number;
  readonly withBackups: boolean;
}

/** What the series `backups` measured. What was not measured is null. */
export interface BackupsSeries {
  readonly name: "backups";
  readonly loadAverageBefore: number;
  /** How large the journal was asked to be while backups and restores were timed, MiB, and how much the database grew for it, bytes. */
  readonly journal: { readonly askedMib: number; readonly grownBytes: number } | null;
  readonly backups: readonly TimedBackup[];
  readonly backup: Throughput;
  readonly restores: readonly TimedRestore[];
  readonly restore: Throughput;
  readonly size: RepositorySize | null;
  /** How far the archive of the write-ahead log was behind the server while pgbench and redis-benchmark wrote. */
  readonly archive: (ArchiveLag & { readonly load: LoadDone }) | null;
  /** Swaps asked of each kind: with backups, and without a backup container on either host. */
  readonly swapsAsked: number;
  readonly swaps: readonly ComparedSwap[];
  readonly outage: Readonly<Record<StoreName, OutageComparison>>;
  /** Length of `backup-sync-check` with backups, milliseconds: what they cost a drill beside its outage. */
  readonly syncCheckMs: Distribution;
  readonly aims: readonly JudgedAim[];
}
