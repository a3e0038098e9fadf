import { backupSchedule } from "../../../settings/backup-section";
import { pairBackup } from "../../../settings/pair";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES } from "../../../settings/services";
import type { Check } from "../../../evidence/document";
import type { BackupStatus } from "./backup-status";
import { aheadOf, chooseBackup, CLOCK_LIMIT_SECONDS } from "./backups";
import { ageCheck, attemptCheck, CHECK_NAMES } from "./next-command";
import type { BackupState } from "./read-backup-state";
import { archiveLag, logGap, segmentSize } from "./wal-archive";

const MIB = 1024 * 1024;
const LOG = "the write-ahead log";

/** Services whose backups need what is damaged: `ask.sh check` names their snapshots. */
function damagedServices({ integrity, backups, batches }: BackupState): string {
  const ids = [...(integrity ?? "").matchAll(/in snapshot ([0-9a-f]+)/g)].map(([, id = ""]) => id);
  const named = (backups ?? [])
    .filter((one) => ids.some((id) => one.id.startsWith(id)))
    .map((one): string => one.service);
  if ((batches ?? []).some((one) => ids.some((id) => one.id.startsWith(id)))) named.push(LOG);
  return named.length === 0 ? "" : `backups of ${[...new Set(named)].join(", ")}: `;
}

function attemptName(service: BackupStatus["service"]): string {
  if (service === "repository") return CHECK_NAMES.fullCheck;
  if (service === "archive") return CHECK_NAMES.receiving;
  return service === "log" ? CHECK_NAMES.storing : attemptCheck(service);
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
 * failed, the write-ahead log whole from the newest base backup to within one segment of now, the repository sound, room
 * left, the clocks right. Unknown does not pass.
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
    const age = newest === undefined ? null : Math.round((now - Date.parse(newest.at)) / 1000);
    const name = ageCheck(service);
    if (age === null)
      return check(name, host, state.problem ?? (backups === null ? null : "none yet"), maxAgeSeconds, false);
    const ahead = aheadOf(backups ?? [], service, now);
    if (ahead !== undefined) {
      const words = `its time ${ahead.at} is ${ahead.seconds} s in the future: a clock is, or was, wrong`;
      return check(name, host, words, maxAgeSeconds, false);
    }
    return check(name, host, Math.max(0, age), maxAgeSeconds, age <= maxAgeSeconds);
  });
  const attempts = state.statuses.map(({ service, result, reason }): Check => {
    const name = attemptName(service);
    return check(
      name,
      host,
      result !== "ok" ? `failed: ${reason ?? "no reason was told"}` : reason === null ? "ok" : `ok: ${reason}`,
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
    check(CHECK_NAMES.log, host, gap, "whole", gap === "whole"),
    check(
      CHECK_NAMES.behind,
      host,
      behind === null ? null : Number(behind),
      segment,
      behind !== null && segment !== null && behind <= BigInt(segment),
    ),
    check(CHECK_NAMES.repository, host, integrity, "sound", integrity === "sound"),
    check(CHECK_NAMES.room, on, free, section.min_free_mib, free !== null && free >= section.min_free_mib),
    ...(state.clockOffSeconds === null
      ? []
      : [
          check(
            CHECK_NAMES.clock,
            on,
            state.clockOffSeconds,
            CLOCK_LIMIT_SECONDS,
            Math.abs(state.clockOffSeconds) <= CLOCK_LIMIT_SECONDS,
          ),
        ]),
  ];
}
