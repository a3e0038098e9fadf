import type { Environment } from "../../../settings/environment";
import { hasLogArchive, type ServiceName } from "../../../settings/services";
import { only, parseAnswer } from "../../hosts/agent";
import { messageOf, UserError } from "../../../settings/user-error";
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

/** The host whose backup container takes the backups of a service: the other host pulls those that come with a log. */
export function takenBy(service: ServiceName, hosts: { readonly self: string; readonly peer: string }): string {
  return hasLogArchive(service) ? hosts.peer : hosts.self;
}

/**
 * Takes a backup of one service of `host` now.
 * @throws UserError with the reason when it cannot be taken, exit code 3 when it is not its time; the backups before it
 * are left as they were
 */
export async function backupNow(environment: Environment, host: string, service: ServiceName): Promise<TakenBackup> {
  const { self, peer } = backupHosts(environment, host);
  const where = takenBy(service, { self: self.name, peer: peer.name });
  const said = await withBackupContainer(environment, where, async (container) => {
    await container.tell(["take", service], TAKE_MS).catch((error: unknown) => {
      throw whyNot(error, { host, service, target: peer.name });
    });
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

/** What `take.sh` said and how it ended, in the operator's words. Pure. */
export function whyNot(
  error: unknown,
  { host, service, target }: { readonly host: string; readonly service: ServiceName; readonly target: string },
): UserError {
  const [, code, said] = /exited (\d+): (.*)$/s.exec(messageOf(error)) ?? [];
  const again = `understudy backup now --host ${host} --service ${service}`;
  const words = (said ?? messageOf(error)).replaceAll(/\S+Z understudy: /g, "").trim();
  if (code === "75")
    return new UserError(`no backup of ${service} of ${host} was begun: ${words}`, `later: ${again}`, 3);
  const reason = words.replace(`backup of ${service} of ${host} failed: `, "");
  return new UserError(
    `${service} of ${host} was not backed up to ${target}: ${reason}; the backups before it are as they were`,
    `understudy backup check; then ${again}`,
  );
}
