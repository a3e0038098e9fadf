import { formatLsn, parseLsn } from "../../evidence/lsn";
import type { DrillRun } from "../engine/drill-run";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { bounded, pollUntil } from "../hosts/bounded";
import { oneRow, walPositions } from "../hosts/postgres";

/** As long as the standby may take when the old primary has stopped: what does not come in time now would not then. */
const KEEPS_UP_MS = 5000;

/**
 * Sees the standby replay what the old primary has just written, before anything is stopped: a delay, a pause or a query
 * there that holds replay up may have come after the first step has looked for them.
 * @throws StepFailure when it does not
 */
export async function replayKeepsUp(
  { from, to }: Pick<DrillRun, "from" | "to">,
  recorder: Pick<StepRecorder, "mark">,
  withinMs: number = KEEPS_UP_MS,
): Promise<void> {
  const { written } = await oneRow<{ written: string }>(from.sql, "select pg_current_wal_lsn()::text as written");
  const goal = parseLsn(written);
  const { reading, reached } = await pollUntil(
    () => bounded(`${to.host.name}: WAL positions`, KEEPS_UP_MS, walPositions(to.sql)),
    ({ replayed }) => replayed !== null && replayed >= goal,
    { deadlineMs: withinMs, pauseMs: 2 },
  );
  if (!reached) {
    const at = reading.replayed === null ? "nothing" : formatLsn(reading.replayed);
    // What came and is not replayed is held up there; what has not come is not carried to it.
    const why =
      reading.received !== null && reading.received >= goal
        ? "a delay, a pause or a query there holds replay up"
        : `it has received ${reading.received === null ? "nothing" : formatLsn(reading.received)}: the link between the hosts does not carry it`;
    throw new StepFailure({
      reason: `${to.host.name} has replayed ${at} and not ${written}, which ${from.host.name} had written ${withinMs / 1000} s before: ${why}`,
      host: to.host.name,
      next: `understudy switchover --to ${to.host.name}, which says what it is`,
      undone: null,
    });
  }
  recorder.mark("standby has replayed the checkpoint", to.host.name);
}
