import { openSql } from "../../drills/hosts/sessions";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { backupChecks } from "../../drills/services/backup/check-backups";
import { readBackupStates } from "../../drills/services/backup/read-backup-state";
import type { Check } from "../../evidence/document";
import type { Environment } from "../../settings/environment";
import { namedHosts, pairBackup } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import { openStacks } from "../failover/pair-stacks";

/**
 * Both hosts' backups compared with their objectives, as a drill does it. A PostgreSQL that does not answer is told, and
 * leaves its checks unknown. @throws UserError where nothing is backed up
 */
export async function checkBackups(environment: Environment, tell: (line: string) => void): Promise<readonly Check[]> {
  const section = pairBackup(environment);
  if (section === undefined)
    throw new UserError("nothing is backed up", "add the section backup to the environment file", 2);
  const { credentials } = await openStacks(environment);
  const sessions: Record<string, PostgresSession> = {};
  for (const host of namedHosts(environment)) {
    await openSql(host, environment, credentials).then(
      (sql) => (sessions[host.name] = sql),
      (error: unknown) => {
        tell(`PostgreSQL on ${host.name} does not answer: ${messageOf(error)}`);
      },
    );
  }
  tell("reading both hosts' backups");
  const states = await readBackupStates(environment, sessions, section.check_mib);
  await Promise.all(Object.values(sessions).map((sql) => sql.end()));
  return states.flatMap((state) => backupChecks(state, environment, Date.now()));
}
