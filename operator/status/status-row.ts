import type { Role } from "../../settings/pair";
import type { ServiceName } from "../../settings/services";
import type { LastBackup } from "../../drills/services/backup/last-backups";
import type { HealthStatus } from "../../evidence/health-report";

/** How far a standby's store is behind its primary; null where that has no meaning or could not be read: null is never zero. */
export interface StoreLag {
  /** Journal events that the standby does not show yet. */
  readonly events: number | null;
  /** Bytes of WAL not replayed, or of the replication stream not received. */
  readonly bytes: number | null;
  readonly seconds: number | null;
}

/** One service on one host, now. */
export interface StatusRow {
  readonly host: string;
  readonly service: ServiceName;
  readonly declaredRole: Role | null;
  /** A store's own word; null for services that have no role. `unknown` comes with the reason. */
  readonly observedRole: Role | "unknown" | null;
  /** `held`: its boot guard keeps it from starting writable. */
  readonly state: HealthStatus | "held";
  readonly healthy: boolean;
  /** In words: what its container does, and the reason if there is one. */
  readonly detail: string;
  readonly lagEvents: number | null;
  readonly lagBytes: number | null;
  readonly lagSeconds: number | null;
  /** Since when its container runs, or has ended: ISO 8601; null when that could not be read. */
  readonly since: string | null;
  readonly lastBackup: LastBackup | null;
  /** What its image is declared to stand in for; null for the real product. */
  readonly standIn: string | null;
  /** What is wrong or could not be read, in words; null when all is well. */
  readonly reason: string | null;
  /** The command that says more or mends it; null when all is well. */
  readonly next: string | null;
}
