import type { Environment } from "../../settings/environment";
import type { ServiceName } from "../../settings/services";
import { only, parseAnswer } from "../hosts/agent";
import { backupHosts, withBackupContainer } from "./backup-container";

/** One backup that was taken. */
export interface TakenBackup {
  readonly host: string;
  readonly service: ServiceName;
  /** First digits of its id. */
  readonly id: string;
  /** When its data were begun to be read, ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  /** What it holds, and what of that the repository did not have. */
  readonly bytes: number;
  readonly addedBytes: number;
}

/** A base backup of a large database takes as long as its disk and the way between the hosts let it. */
const TAKE_MS = 6 * 3_600_000;

/** The host whose backup container takes the backups of a service: PostgreSQL's are pulled by the other host. */
export function takenBy(service: ServiceName, hosts: { readonly self: string; readonly peer: string }): string {
  return service === "timescaledb" ? hosts.peer : hosts.self;
}

/**
 * Takes a backup of one service of `host` now.
 * @throws Error with the reason when it cannot be taken; the backups before it are left as they were
 */
export async function backupNow(environment: Environment, host: string, service: ServiceName): Promise<TakenBackup> {
  const { self, peer } = backupHosts(environment, host);
  const where = takenBy(service, { self: self.name, peer: peer.name });
  const said = await withBackupContainer(environment, where, async (container) => {
    await container.tell(["take", service], TAKE_MS);
    return container.ask(["last", service]);
  });
  const answer = parseAnswer(said.split("\n"));
  return {
    host,
    service,
    id: only(answer, "snapshot"),
    at: new Date(1000 * Number(only(answer, "good_at"))).toISOString(),
    seconds: Number(only(answer, "seconds")),
    bytes: Number(only(answer, "bytes")),
    addedBytes: Number(only(answer, "added")),
  };
}
