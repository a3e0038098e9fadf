import { backupSchedule, pairBackup } from "../../settings/backup";
import type { Environment } from "../../settings/environment";
import { SERVICE_NAMES } from "../../settings/services";
import type { Check } from "../evidence/document";
import { chooseBackup } from "./backups";
import type { BackupState } from "./read-backup-state";
import { archiveLag, logGap, segmentSize } from "./wal-archive";

const MIB = 1024 * 1024;

/** Services whose backups need what is damaged: `ask.sh check` names their snapshots. */
function damagedServices({ integrity, backups }: BackupState): string {
  const ids = [...(integrity ?? "").matchAll(/in snapshot ([0-9a-f]+)/g)].map(([, id = ""]) => id);
  const named = (backups ?? []).filter((one) => ids.some((id) => one.id.startsWith(id))).map((one) => one.service);
  return named.length === 0 ? "" : `backups of ${[...new Set(named)].join(", ")}: `;
}

function integrityWords(state: BackupState): string | null {
  if (state.integrity === null) return state.problem;
  if (state.integrity === "sound") return "sound";
  const words = state.integrity
    .replaceAll(/in snapshot [0-9a-f]+/g, "")
    .split("\n")
    .filter(Boolean)
    .join(" ");
  return `${damagedServices(state)}${words.slice(0, 300) || "damaged"}`;
}

/**
 * What must hold of one host's backups before a drill: each service's newest backup young enough and no later attempt
 * failed, the write-ahead log
 * whole from the newest base backup to within one segment of now, the repository sound, room left. Unknown does not pass.
 * @param now epoch milliseconds
 */
export function backupChecks(state: BackupState, environment: Environment, now: number): Check[] {
  const section = pairBackup(environment);
  if (section === undefined) return [];
  const { host, on, backups, log } = state;
  const check = (
    name: string,
    where: string,
    measured: Check["measured"],
    limit: Check["limit"],
    ok: boolean,
  ): Check => ({
    name,
    host: where,
    measured,
    limit,
    ok,
  });
  const ages = SERVICE_NAMES.map((service): Check => {
    const { maxAgeSeconds } = backupSchedule(section, service);
    const newest = backups === null ? undefined : chooseBackup(backups, service);
    const age = newest === undefined ? null : Math.max(0, Math.round((now - Date.parse(newest.at)) / 1000));
    const why = state.problem ?? (backups === null ? null : "none yet");
    return check(
      `${service} backup age, seconds`,
      host,
      age ?? why,
      maxAgeSeconds,
      age !== null && age <= maxAgeSeconds,
    );
  });
  const attempts = state.statuses.map(({ service, result, reason }): Check => {
    const name = service === "repository" ? "backup repository, last full check" : `${service} last backup attempt`;
    return check(
      name,
      host,
      result === "ok" ? "ok" : `failed: ${reason ?? "no reason was told"}`,
      "ok",
      result === "ok",
    );
  });
  const base = backups === null ? undefined : chooseBackup(backups, "timescaledb")?.base;
  const gap =
    log === null || !base ? (state.problem ?? "no base backup yet") : (logGap(log, base.firstSegment) ?? "whole");
  const behind = log === null || state.currentLsn === null ? null : archiveLag(log, state.currentLsn);
  const segment = log === null ? null : segmentSize(log);
  const free = state.freeBytes === null ? null : Math.floor(state.freeBytes / MIB);
  const integrity = integrityWords(state);
  return [
    ...ages,
    ...attempts,
    check("timescaledb write-ahead log in the archive", host, gap, "whole", gap === "whole"),
    check(
      "timescaledb archive behind, bytes",
      host,
      behind === null ? null : Number(behind),
      segment,
      behind !== null && segment !== null && behind <= BigInt(segment),
    ),
    check("backup repository", host, integrity, "sound", integrity === "sound"),
    check(
      "room for backups, MiB, at least",
      on,
      free,
      section.min_free_mib,
      free !== null && free >= section.min_free_mib,
    ),
  ];
}
