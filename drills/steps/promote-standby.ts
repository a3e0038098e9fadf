import { bounded, pollUntil } from "../bounded";
import type { DrillRun, Step } from "../drill-run";
import { StepFailure, type StepRecorder } from "../step-recorder";
import { identify, oneRow, switchPoint } from "../stores/postgres";
import { messageOf } from "../user-error";
import { exchangeRedis, sealRedis } from "./redis-exchange";
import { resumeOldPrimary } from "./resume-old-primary";

const PROMOTED_MS = 20_000;
/** A promote right after the old primary's end may be slept over by PostgreSQL 15's startup process: it is sent again. */
const SEND_AGAIN_MS = 60;

/**
 * Seals Redis, then promotes both stores side by side. Up to the first promotion a failure puts the old primary back to
 * work; from then on there is no way back, and a failure says what stands where.
 */
export const promoteStandby: Step = async (run, recorder) => {
  try {
    await sealRedis(run, recorder);
  } catch (error) {
    throw new StepFailure({
      reason: messageOf(error),
      host: error instanceof StepFailure ? error.failure.host : run.from.host.name,
      next: "understudy status",
      undone: await resumeOldPrimary(run),
    });
  }
  const [redis, postgres] = await Promise.allSettled([exchangeRedis(run, recorder), promotePostgres(run, recorder)]);
  const failed = [redis, postgres].filter((one) => one.status === "rejected");
  if (failed.length > 0) {
    throw new StepFailure({
      reason: failed.map((one) => messageOf(one.reason)).join("; "),
      host: run.to.host.name,
      next: "understudy status",
      undone: null,
    });
  }
  // The old primary is told at once and answered for in the next step: writers do not wait for it.
  run.pendingWrites.push(run.from.agent.ask("follow"));
  await proveSwitchPoint(run, recorder);
};

async function promotePostgres({ to }: DrillRun, recorder: StepRecorder): Promise<void> {
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

/** Timeline is old + 1, and it branched off exactly at the seal: this equality is the proof of zero loss. */
async function proveSwitchPoint({ to, facts }: DrillRun, recorder: StepRecorder): Promise<void> {
  const { timeline } = await identify(to.sql);
  facts.postgres.newTimeline = timeline;
  facts.postgres.switchPointLsn = await switchPoint(to.sql, timeline);
  const seal = facts.postgres.seal;
  const expected = seal === null ? null : seal.timeline + 1;
  recorder.require(
    [
      { name: "timeline", host: to.host.name, measured: timeline, limit: expected, ok: timeline === expected },
      {
        name: "switch point equals the seal",
        host: to.host.name,
        measured: facts.postgres.switchPointLsn,
        limit: seal?.endLsn ?? null,
        ok: facts.postgres.switchPointLsn === seal?.endLsn,
      },
    ],
    "understudy status",
  );
}
