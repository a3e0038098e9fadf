import type { Environment } from "../../../settings/environment";
import { namedHosts, pairBackup } from "../../../settings/pair";
import { bounded } from "../../hosts/bounded";
import { withBackupContainer } from "./backup-container";

/** A hold ends by itself after this long, in seconds: the drill that made it may have died. */
const HOLD_SECONDS = 600;

/** Which hosts are told; every one unless they are named. */
type Hosts = readonly string[] | undefined;

async function onHosts(environment: Environment, hosts: Hosts, words: readonly string[]): Promise<void> {
  if (pairBackup(environment) === undefined) return;
  const names = hosts ?? namedHosts(environment).map(({ name }) => name);
  await Promise.all(names.map((name) => withBackupContainer(environment, name, (container) => container.tell(words))));
}

/**
 * No backup is taken on either host until `releaseBackups`; one that is being taken is given up, and taken again later.
 * A drill must not pay for a base backup, and a snapshot of Redis counts as a full sync. The write-ahead log goes on.
 * @throws Error when a backup container does not answer, or cannot stop
 */
export function holdBackups(environment: Environment, hosts?: Hosts): Promise<void> {
  return onHosts(environment, hosts, ["hold", String(HOLD_SECONDS)]);
}

/**
 * Ends a hold after a change of roles: every backup is due at once, since the services of the promoted host hold data of
 * the other one that their last backups do not have.
 * @throws Error when a backup container does not answer
 */
export function releaseAndRenewBackups(environment: Environment, hosts?: Hosts): Promise<void> {
  return onHosts(environment, hosts, ["release", "again"]);
}

/** Ends a hold. @throws Error when a backup container does not answer */
export function releaseBackups(environment: Environment): Promise<void> {
  return onHosts(environment, undefined, ["release"]);
}

/** Does what may take longer than a hold lasts: the hold is renewed meanwhile. */
export async function whileHeld<T>(environment: Environment, work: () => Promise<T>): Promise<T> {
  const renewal = setInterval(() => void holdBackups(environment).catch(() => undefined), (HOLD_SECONDS * 1000) / 2);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}

/** How long a drill that does not depend on backups waits for their containers, milliseconds. */
const IF_POSSIBLE_MS = 10_000;

/**
 * For a drill of the two stores only, which no backup keeps from going on: a hold or its end where the containers answer in
 * time. Never throws.
 * @returns whether they did
 */
export function ifPossible(order: Promise<void>): Promise<boolean> {
  return bounded("the backup containers", IF_POSSIBLE_MS, order).then(
    () => true,
    () => false,
  );
}
