import { bounded, pollUntil } from "../hosts/bounded";
import type { RunState } from "./drill-run";
import type { StepRecorder } from "./step-recorder";
import { oneRow } from "../hosts/postgres";

const PROMOTED_MS = 20_000;
/** A promote right after the old primary's end may be slept over by PostgreSQL 15's startup process: it is sent again. */
const SEND_AGAIN_MS = 60;

/** Promotes the standby's PostgreSQL and waits until it takes writes. @throws Error when it is still in recovery after 20 s */
export async function promotePostgres({ to }: Pick<RunState, "to">, recorder: StepRecorder): Promise<void> {
  recorder.mark("promote-timescaledb", to.host.name);
  let sentAt = -Infinity;
  const { reached } = await pollUntil(
    async () => {
      if (performance.now() - sentAt > SEND_AGAIN_MS) {
        sentAt = performance.now();
        await bounded(
          `${to.host.name}: pg_promote`,
          5000,
          to.sql.query("select pg_promote(false) where pg_is_in_recovery()"),
        );
      }
      const { recovery } = await oneRow<{ recovery: boolean }>(to.sql, "select pg_is_in_recovery() as recovery");
      return recovery;
    },
    (recovery) => !recovery,
    { deadlineMs: PROMOTED_MS, pauseMs: 1 },
  );
  if (!reached)
    throw new Error(`PostgreSQL on ${to.host.name} is still in recovery ${PROMOTED_MS / 1000} s after pg_promote`);
  recorder.mark("timescaledb promoted", to.host.name);
}
