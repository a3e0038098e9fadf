import type { StoreName } from "../../../settings/services";

/** Sizes that a store has switchovers at: bytes of PostgreSQL, keys of Redis. */
export interface SizeStep {
  readonly store: StoreName;
  /** GiB of PostgreSQL, or keys of Redis. */
  readonly size: number;
}

/** Room there is, MiB. */
export interface Room {
  /** On the smaller of the two hosts' own disks. */
  readonly hostDiskMib: number;
  /** On the disk of the machine, which holds both of these. */
  readonly machineDiskMib: number;
  /** Memory of the machine that nobody uses. */
  readonly memoryMib: number;
}

/** What is asked where nothing else is said. */
export const DEFAULT_GIB: readonly number[] = [1, 5, 20];
/** The same of Redis. */
export const DEFAULT_KEYS: readonly number[] = [10_000, 100_000, 1_000_000, 5_000_000];

const MIB_IN_GIB = 1024;
/** Write-ahead log that a server may keep beside its data, and what everything else may grow by, MiB. */
const BESIDE_MIB = 3 * MIB_IN_GIB;
/** What a short key with a short value takes in Redis, bytes, with the table that finds it. */
const KEY_BYTES = 160;
/** Share of Redis' memory limit that data may take: `maxmemory`. */
const DATA_SHARE = 0.7;
/** What a server and its child that writes a snapshot need beside the data, MiB. */
const REDIS_BESIDE_MIB = 128;

/** The memory limit that Redis needs for so many keys, MiB. */
export function redisLimitMib(keys: number): number {
  return Math.ceil((keys * KEY_BYTES) / 1024 / 1024 / DATA_SHARE) + REDIS_BESIDE_MIB;
}

const gib = (mib: number): string => `${(mib / MIB_IN_GIB).toFixed(1)} GiB`;

/** Why a size is left out on this machine; null when there is room for it. Pure. */
export function whySkipped({ store, size }: SizeStep, { hostDiskMib, machineDiskMib, memoryMib }: Room): string | null {
  if (store === "timescaledb") {
    const one = size * MIB_IN_GIB + BESIDE_MIB;
    if (hostDiskMib < one) return `${size} GiB take ${gib(one)} on each host's disk, which has ${gib(hostDiskMib)}`;
    if (machineDiskMib < 2 * one)
      return `${size} GiB take ${gib(2 * one)} for both hosts on the machine's disk, which has ${gib(machineDiskMib)}`;
    return null;
  }
  // Both hosts, each with a child that may have a copy of all of it.
  const needed = 4 * redisLimitMib(size);
  if (memoryMib < needed) return `${size} keys may take ${gib(needed)} of memory, and ${gib(memoryMib)} are free`;
  return null;
}

/** The order: PostgreSQL grows, is emptied, then Redis grows. */
export function stepsOf(gibs: readonly number[], keys: readonly number[]): readonly SizeStep[] {
  return [
    ...gibs.map((size): SizeStep => ({ store: "timescaledb", size })),
    ...keys.map((size): SizeStep => ({ store: "redis", size })),
  ];
}

/** Such as `5 GiB of PostgreSQL`. */
export function stepName({ store, size }: SizeStep): string {
  return store === "timescaledb" ? `${size} GiB of PostgreSQL` : `${size} keys of Redis`;
}
