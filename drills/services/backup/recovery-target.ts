import { parseLsn } from "../../../evidence/lsn";
import { UserError } from "../../../settings/user-error";
import type { Backup } from "./backups";

/** How far a restore goes: to the newest there is, a time, a WAL position, or a point named with `pg_create_restore_point`. */
export type RecoveryTarget =
  | { readonly kind: "newest" }
  | { readonly kind: "time"; readonly at: string }
  | { readonly kind: "lsn"; readonly lsn: string }
  | { readonly kind: "name"; readonly name: string };

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/;
const LSN = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Reads what `--at` says. @throws UserError (exit 2) when it is none of the three */
export function parseRecoveryTarget(text: string | undefined): RecoveryTarget {
  if (text === undefined) return { kind: "newest" };
  if (TIME.test(text) && !Number.isNaN(Date.parse(text))) return { kind: "time", at: text };
  if (LSN.test(text)) return { kind: "lsn", lsn: text.toUpperCase() };
  if (NAME.test(text) && !/^\d{4}-/.test(text)) return { kind: "name", name: text };
  throw new UserError(
    `--at ${JSON.stringify(text)} is not a time with its zone (2026-11-25T03:00:00Z), a WAL position (0/3000060) or the name of a restore point`,
    "understudy backup list",
    2,
  );
}

/** PostgreSQL's settings for a recovery that goes as far as `target`; values are safe to quote with single quotes. */
export function recoverySettings(target: RecoveryTarget): Readonly<Record<string, string>> {
  const action = { recovery_target_action: "promote" };
  switch (target.kind) {
    case "newest":
      return {};
    case "time":
      return { ...action, recovery_target_time: postgresTime(target.at) };
    case "lsn":
      return { ...action, recovery_target_lsn: target.lsn };
    case "name":
      return { ...action, recovery_target_name: target.name };
  }
}

/** A time with its zone as a number: at the server's start, `Z` and other abbreviations are not known to it yet. */
function postgresTime(at: string): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", "+00");
}

/**
 * The base backup that a recovery begins with, among one host's backups, oldest first: the newest that is complete before
 * the target. Where a named point lies nobody knows beforehand, so recovery to one begins with the oldest.
 */
export function chooseBase(backups: readonly Backup[], target: RecoveryTarget): Backup | undefined {
  const bases = backups.filter((one) => one.service === "timescaledb" && one.base !== null);
  switch (target.kind) {
    case "newest":
      return bases.at(-1);
    case "time":
      return bases.filter((one) => one.at <= new Date(target.at).toISOString()).at(-1);
    case "lsn":
      return bases.filter((one) => one.base && parseLsn(one.base.endLsn) <= parseLsn(target.lsn)).at(-1);
    case "name":
      return bases[0];
  }
}
