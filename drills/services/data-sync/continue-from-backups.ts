import { pairBackup } from "../../../settings/pair";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { CARRIED_SERVICES, SERVICE_NAMES, type ServiceName } from "../../../settings/services";
import { chooseBackup, type Backup } from "../backup/backups";
import { describeBackup } from "../backup/rehearse-restores";
import { holdBackups, releaseAndRenewBackups } from "../backup/hold-backups";
import { openScratch, type Scratch } from "../backup/scratch";
import type { ServiceBackup } from "../../../evidence/continuity";
import type { HostSessions } from "../../hosts/sessions";
import { messageOf } from "../../../settings/user-error";
import { continueFromBackup, withOwnData, type Continued, type FromBackup } from "./from-backup";

/** The pair after an unplanned promotion. */
export interface AfterPromotion {
  /** The host that is gone. */
  readonly gone: string;
  /** The promoted one. */
  readonly to: Pick<HostSessions, "host" | "engine">;
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly now: () => number;
}

/** What there was of backups, and how each carried service continues. */
export interface ContinuedServices {
  readonly backups: Partial<Record<ServiceName, ServiceBackup>>;
  readonly continued: readonly Continued[];
}

/**
 * Lets the services that nothing replicates continue on the promoted host with the newest backups of the one that is gone,
 * all of them side by side. Never throws: what goes wrong is a result, of one service or of all.
 */
export async function continueFromBackups(pair: AfterPromotion): Promise<ContinuedServices> {
  const { gone, to, environment } = pair;
  const section = pairBackup(environment);
  const all = (why: "no-backups" | "failed", detail: string): readonly Continued[] =>
    CARRIED_SERVICES.map((service) => withOwnData(service, why, detail));
  if (section === undefined) {
    const words = `this environment backs nothing up: ${to.host.name} continues with what it had itself`;
    return { backups: {}, continued: all("no-backups", words) };
  }
  let scratch: Scratch | undefined;
  let backups: ContinuedServices["backups"] = {};
  try {
    // A backup that is under way would read what is being moved; a container that cannot be told so is no reason to stop.
    await holdBackups(environment, [to.host.name]).catch(() => undefined);
    scratch = await openScratch(environment, gone);
    const readAt = Date.now();
    const { backups: found } = scratch;
    backups = Object.fromEntries(
      SERVICE_NAMES.map((service) => [service, chooseBackup(found, service)] as const)
        .filter((one): one is [ServiceName, Backup] => one[1] !== undefined)
        .map(([service, backup]) => [service, describeBackup(backup, section, readAt)]),
    );
    const source: FromBackup = { ...pair, scratch, readAt };
    return { backups, continued: await Promise.all(CARRIED_SERVICES.map((one) => continueFromBackup(one, source))) };
  } catch (error) {
    return { backups, continued: all("failed", messageOf(error) || "no reason was told") };
  } finally {
    await scratch?.close();
    await releaseAndRenewBackups(environment, [to.host.name]).catch(() => undefined);
  }
}
