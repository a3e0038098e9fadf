import type { Role } from "../../settings/pair";
import { containerName } from "../../settings/names";
import { roleOf } from "../../evidence/observed-role";
import type { ServiceReading } from "../health/read-services";
import { sshArguments } from "../../drills/hosts/engine";
import type { StatusRow, StoreLag } from "./status-row";
import type { LastBackup } from "../../drills/services/backup/last-backups";

/** What a row is made of, beside the reading of the service itself. */
export interface RowFacts {
  readonly declaredRole: Role | null;
  /** Null when its host has no peer, or it is no store of a standby. */
  readonly lag: StoreLag | null;
  /** Whether this is a standby's store whose primary does not see it follow. */
  readonly detached: boolean;
  /** Since when the pair is unprotected, and why, as this store's record has it; undefined while all is well. */
  readonly unprotected?: string | undefined;
  /** What resolves a declaration that the stores contradict. @default `understudy up` */
  readonly resolvedBy?: string | undefined;
  readonly lastBackup: LastBackup | null;
  readonly standIn: string | null;
}

/** One row of the status from what was read: a pure function. */
export function makeRow(
  reading: ServiceReading,
  { declaredRole, lag, detached, unprotected, resolvedBy = "understudy up", lastBackup, standIn }: RowFacts,
): StatusRow {
  const { host, service, container, health, store } = reading;
  const observedRole = store === null ? null : (roleOf(store) ?? "unknown");
  const held = health.reason?.startsWith("held") ?? false;
  const contradicts = observedRole !== null && observedRole !== "unknown" && observedRole !== declaredRole;
  const backupProblem = lastBackup?.problem ?? null;
  const reasons = [
    health.reason,
    contradicts ? `is ${observedRole}, and its stack declares ${declaredRole ?? "no role"}` : null,
    detached ? "does not follow its primary" : null,
    health.status === "healthy" ? (unprotected ?? null) : null,
    backupProblem === null ? null : `last backup: ${backupProblem}`,
  ].filter((one) => one !== null);
  const reason = reasons.length === 0 ? null : reasons.join("; ");
  const doing = container.read
    ? [container.status, ...(container.health === "none" ? [] : [container.health])].join(", ")
    : "not read";
  return {
    host: host.name,
    service,
    declaredRole,
    observedRole,
    state: held ? "held" : health.status,
    healthy: health.status === "healthy",
    detail: reason === null ? doing : `${doing}: ${reason}`,
    lagEvents: lag?.events ?? null,
    lagBytes: lag?.bytes ?? null,
    lagSeconds: lag?.seconds ?? null,
    since: container.read ? container.since : null,
    lastBackup,
    standIn,
    reason,
    next:
      reason === null
        ? null
        : nextCommand(reading, {
            contradicts,
            detached,
            held,
            unprotected: unprotected !== undefined,
            declaredRole,
            resolvedBy,
            reason,
          }),
  };
}

function nextCommand(
  { host, service, container, health, answer }: ServiceReading,
  {
    contradicts,
    detached,
    held,
    unprotected,
    declaredRole,
    resolvedBy,
    reason,
  }: Record<"contradicts" | "detached" | "held" | "unprotected", boolean> &
    Record<"reason" | "resolvedBy", string> &
    Pick<RowFacts, "declaredRole">,
): string {
  const named = /understudy (?:rejoin|release)(?: --?[\w-]+| [\w.-]+)*/.exec(reason)?.[0];
  if (held) {
    // Its guard only knows what it was. A former primary whose place the other host has taken comes back as a standby.
    const replaced = declaredRole === "standby" && named?.startsWith("understudy release") === true;
    return replaced ? `understudy rejoin ${host.name}` : (named ?? "understudy doctor");
  }
  if (!container.read) return container.missing ? "understudy up" : "understudy doctor";
  if (health.status !== "healthy") {
    const ssh = `ssh ${sshArguments(host)
      .filter((word) => word !== "-T")
      .join(" ")}`;
    return container.running && (answer.kind === "silent" || answer.kind === "cannot-tell")
      ? "understudy doctor"
      : `${ssh} docker logs --tail 50 ${containerName(service)}`;
  }
  if (contradicts) return resolvedBy;
  if (detached) return `understudy rejoin ${host.name}`;
  return unprotected ? "understudy doctor" : "understudy backup check";
}
