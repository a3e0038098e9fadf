import { bounded, pollUntil } from "./bounded";
import type { HostSessions } from "./sessions";
import { messageOf } from "../../settings/user-error";

/** Key of the advisory lock: any number that nothing else in the database uses. */
const LOCK_KEY = 7_340_197;
const WAIT_MS = 30_000;
const ASKED_MS = 5000;

/**
 * Makes this process the only one that drills on this host, for as long as its session lives: a killed run whose
 * provider still works in the background keeps the lock, and nobody acts beside it.
 * @param mayBeStopped after an interrupted drill: a stopped server has no lock to give
 * @throws Error when another run does not let go within 30 s, or nobody can say whether the lock is ours
 */
export async function takeDrillLock(
  { host, sql }: Pick<HostSessions, "host" | "sql">,
  { mayBeStopped = false } = {},
): Promise<void> {
  const { reached } = await pollUntil(
    async () => {
      try {
        const { rows } = await sql.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK_KEY]);
        return rows[0]?.taken === true;
      } catch (error) {
        if (mayBeStopped) return true;
        throw new Error(`${host.name}: the drill's lock cannot be taken: ${messageOf(error)}`, { cause: error });
      }
    },
    (taken) => taken,
    { deadlineMs: WAIT_MS, pauseMs: 250 },
  );
  if (!reached) throw new Error(`${host.name}: another drill is still at work there, nothing was touched`);
}

/**
 * Sees that the session which took the lock still has it: a server that was restarted, or that has ended the session, has
 * given it up, and another run may be at work. Asked before the first thing that cannot be taken back.
 * @throws Error when it has not, or does not say so within 5 s
 */
export async function requireDrillLock({ host, sql }: Pick<HostSessions, "host" | "sql">): Promise<void> {
  const asked = sql.query<{ held: boolean }>(
    `select exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
        and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = $1) as held`,
    [LOCK_KEY],
  );
  let reason = "its server gave it up";
  try {
    const { rows } = await bounded("PostgreSQL", ASKED_MS, asked);
    if (rows[0]?.held === true) return;
  } catch (error) {
    reason = messageOf(error);
  }
  throw new Error(`${host.name}: the drill's lock is lost (${reason}): another run may be at work there`);
}
