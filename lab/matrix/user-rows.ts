import type { EvidenceDocument } from "../../evidence/document";
import { storeLossOf } from "../../evidence/report/figures";
import { describeContent } from "../../drills/rejoin/diverged";
import type { RejoinReport } from "../../drills/rejoin/report";
import type { StoreName } from "../../settings/services";
import { userRow, type UserData } from "../watch/user-data";
import type { NumberedAttempt } from "../watch/attempt";

/** What became of the user's rows that one store acknowledged in a cell. */
export interface UserRows {
  readonly acknowledged: number;
  /** Those that the primary does not have when all is healed; null when nobody could count: null is never zero. */
  readonly missing: number | null;
  /** The words by which an operator is told that they may be missing; null when nothing says so. */
  readonly told: string | null;
}

/** A user's rows that are missing and of which nobody is told; null when that is not known. */
export function lostInSilence({ missing, told }: UserRows): number | null {
  return missing !== null && missing > 0 && told !== null ? 0 : missing;
}

/** Where a cell's user rows are looked for, and who may have told of them. */
export interface Counted {
  /** Attempts of every host at this store. */
  readonly attempts: Readonly<Record<string, readonly NumberedAttempt[]>>;
  /** Reads what is there at the end; undefined when there is no primary to ask. */
  readonly read: UserData[StoreName] | undefined;
  /** Milliseconds since 1970 of the attempts' zero. */
  readonly zeroMs: number;
  readonly document: EvidenceDocument | null;
  readonly rejoins: readonly RejoinReport[];
}

/** Counts the acknowledged rows of a store that are not there any more. Never throws: what cannot be read is unknown. */
export async function countUserRows(store: StoreName, from: Counted): Promise<UserRows> {
  const acknowledged = Object.entries(from.attempts).flatMap(([host, attempts]) =>
    attempts.filter((one) => one.accepted).map(({ number, endMs }) => ({ row: userRow(host, number), endMs })),
  );
  const found = await from.read?.().catch(() => undefined);
  if (found === undefined) return { acknowledged: acknowledged.length, missing: null, told: null };
  const missing = acknowledged.filter(({ row }) => !found.has(row));
  const firstAtMs = Math.min(...missing.map(({ endMs }) => from.zeroMs + endMs));
  const told = missing.length === 0 ? null : toldOf(store, firstAtMs, from);
  return { acknowledged: acknowledged.length, missing: missing.length, told };
}

/**
 * What says that rows from `firstAtMs` on may be missing. The evidence does when it has promoted a host and says that the loss is
 * unknown, that there is one, or since when there may be one; a return of the old primary when it says what only that host had.
 */
export function toldOf(
  store: StoreName,
  firstAtMs: number,
  { document, rejoins }: Pick<Counted, "document" | "rejoins">,
): string | null {
  return (document && toldByEvidence(store, firstAtMs, document)) ?? toldByReturn(store, rejoins);
}

function toldByEvidence(store: StoreName, firstAtMs: number, document: EvidenceDocument): string | null {
  const { unplanned } = document;
  if (unplanned?.unprotectedSince == null) return null;
  const lost = storeLossOf(document, store);
  if (lost === null) return "lost unknown";
  if (lost > 0) return `${lost} of our events lost`;
  const hasAllAt = unplanned.following?.stores.find((one) => one.store === store)?.hasAllAt ?? null;
  if (hasAllAt === null || firstAtMs < Date.parse(hasAllAt)) return null;
  return `writes since ${hasAllAt} may be lost`;
}

function toldByReturn(store: StoreName, rejoins: readonly RejoinReport[]): string | null {
  for (const { timescaledb, redis } of rejoins) {
    const content = timescaledb?.diverged?.content;
    if (store === "timescaledb" && content !== undefined && content.userTransactions !== 0)
      return `the rejoin: ${describeContent(content)}`;
    const missing = redis?.keys?.missing ?? 0;
    if (store === "redis" && missing > 0) return `the rejoin: ${missing} keys were on the old primary only`;
  }
  return null;
}
