import { takeDrillLock } from "../../drills/hosts/drill-lock";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { openSql } from "../../drills/hosts/sessions";
import { observedRole } from "../../evidence/observed-role";
import type { Credentials } from "../../settings/credentials";
import type { PendingChange } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import { declaredRoles, observeDeclared } from "../failover/declared-topology";
import type { HostStack, PairStacks } from "../failover/pair-stacks";
import { previewed } from "../failover/pending-changes";

/** Longest that a preview takes on hosts that are busy with their load, milliseconds: nobody waits for this one. */
const LOADED_MS = 300_000;

/** What every host plays, which is what it is declared to. @throws UserError, exit code 3 */
export async function playedRoles(pair: PairStacks, environment: Environment): Promise<Readonly<Record<string, Role>>> {
  const [declared, topology] = await Promise.all([declaredRoles(pair.stacks), observeDeclared(pair, environment)]);
  for (const [host, role] of Object.entries(declared)) {
    const played = observedRole(topology, host);
    // Where nobody is let in, the files and the servers' own catalogues tell.
    if (played !== undefined && played !== role)
      throw new UserError(`${host} is declared ${role} and is ${played}`, "understudy settle --execute", 3);
  }
  return declared;
}

/** The files are given by an `up`, which would do whatever else is waiting for one. @throws UserError, exit code 3 */
export async function refusePending(
  stacks: readonly HostStack[],
  phase: (words: string) => void,
  isOwn: (change: PendingChange) => boolean = isFiles,
): Promise<void> {
  phase("looking for changes that wait for an up");
  const all = await Promise.all(stacks.map((one) => previewed(one, undefined, LOADED_MS)));
  const others = all.flat().filter((one) => !isOwn(one));
  if (others.length === 0) return;
  const words = others.map(({ host, resource, change }) => `${change} ${resource} on ${host}`).join(", ");
  throw new UserError(
    `other changes wait for an up, and would be made with this one: ${words}`,
    "understudy up --execute",
    3,
  );
}

/** Whether a change gives a container other files, and replaces nothing. Pure. */
export function isFiles({ resource, change }: PendingChange): boolean {
  return change === "update" && resource.endsWith("-files");
}

/** No drill begins meanwhile, and none is under way. @throws UserError, exit code 3 */
export async function takeLock(
  stacks: readonly HostStack[],
  roles: Readonly<Record<string, Role>>,
  environment: Environment,
  credentials: Credentials,
): Promise<PostgresSession> {
  const primary = stacks.find(({ host }) => roles[host.name] === "primary")?.host;
  if (primary === undefined) throw new UserError("no stack declares a primary", "understudy status", 3);
  const sql = await openSql(primary, environment, credentials);
  try {
    await takeDrillLock({ host: primary, sql });
    return sql;
  } catch (error) {
    await sql.end().catch(() => undefined);
    throw new UserError(messageOf(error), "understudy status", 3);
  }
}
