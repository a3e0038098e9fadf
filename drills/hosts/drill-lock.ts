import { pollUntil } from "./bounded";
import type { HostSessions } from "./sessions";

/** Key of the advisory lock: any number that nothing else in the database uses. */
const LOCK_KEY = 7_340_197;
const WAIT_MS = 30_000;

/**
 * Makes this process the only one that drills on this host, for as long as its session lives: a killed run whose
 * provider still works in the background keeps the lock, and nobody acts beside it. A stopped server has no lock to give.
 * @throws Error when another run does not let go within 30 s
 */
export async function takeDrillLock({ host, sql }: Pick<HostSessions, "host" | "sql">): Promise<void> {
  const { reached } = await pollUntil(
    async () => {
      try {
        const { rows } = await sql.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK_KEY]);
        return rows[0]?.taken === true;
      } catch {
        return true;
      }
    },
    (taken) => taken,
    { deadlineMs: WAIT_MS, pauseMs: 250 },
  );
  if (!reached) throw new Error(`${host.name}: another drill is still at work there, nothing was touched`);
}
