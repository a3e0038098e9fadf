import type { StepOf } from "../engine/drill-run";
import { formatLsn, parseLsn } from "../../evidence/lsn";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { identify, newestTimeline, switchPoint, walPositions } from "../hosts/postgres";
import { runHook } from "../hosts/hooks";
import { fenceStillHolds } from "./fence-store";
import type { UnplannedRun } from "./unplanned-run";
import { messageOf } from "../../settings/user-error";
import { bounded } from "../hosts/bounded";
import { promotePostgres } from "../engine/promote-postgres";

const COMMAND_MS = 2000;

/** Looks at the fences once more, then promotes both stores side by side. There is no way back from here. */
export const promoteStandby: StepOf<UnplannedRun> = async (run, recorder) => {
  const { to, facts } = run;
  const [, { inRecovery, timeline }, known, { received, replayed }] = await Promise.all([
    stillFenced(run),
    identify(to.sql),
    newestTimeline(to.sql),
    walPositions(to.sql),
  ]);
  if (inRecovery) {
    facts.postgres.receivedLsn = received === null ? null : formatLsn(received);
    facts.postgres.replayedLsn = replayed === null ? null : formatLsn(replayed);
  }
  const [redis, postgres] = await Promise.allSettled([promoteRedis(run, recorder), promoteTimescaledb(run, recorder)]);
  const failed = [redis, postgres].filter((one) => one.status === "rejected");
  if (failed.length > 0) {
    throw new StepFailure({
      reason: failed.map((one) => messageOf(one.reason)).join("; "),
      host: to.host.name,
      next: "understudy status",
      undone: null,
    });
  }
  if (facts.unplanned) facts.unplanned.unprotectedSince = new Date().toISOString();
  const moved = runHook(to.host, "promoted", facts, recorder);
  await proveTimeline(run, recorder, inRecovery ? known + 1 : timeline).finally(() => moved);
  return undefined;
};

async function stillFenced(run: UnplannedRun): Promise<void> {
  await Promise.all(run.facts.fences.map((fence) => fenceStillHolds(run, fence))).catch((error: unknown) => {
    throw new StepFailure({
      reason: `the fence no longer holds: ${messageOf(error)}`,
      host: run.old.host.name,
      next: "understudy status, then a drill with a new id",
      undone: "nothing was promoted; what was fenced stays fenced",
      refused: true,
    });
  });
}

async function promoteTimescaledb(run: UnplannedRun, recorder: StepRecorder): Promise<void> {
  run.promotedAtMs.timescaledb = recorder.now();
  await promotePostgres(run, recorder);
}

async function promoteRedis({ to, promotedAtMs }: UnplannedRun, recorder: StepRecorder): Promise<void> {
  promotedAtMs.redis = recorder.mark("promote-redis", to.host.name);
  const tell = (...words: string[]): Promise<unknown> =>
    bounded(`${to.host.name}: Redis ${words.join(" ")}`, COMMAND_MS, to.redis.command(...words));
  await tell("REPLICAOF", "NO", "ONE");
  recorder.mark("redis promoted", to.host.name);
  await tell("CONFIG", "REWRITE");
}

/** Where the new timeline begins is where the old primary's history ends; what it wrote after that is lost until salvaged. */
async function proveTimeline({ to, facts }: UnplannedRun, recorder: StepRecorder, expected: number): Promise<void> {
  const { timeline } = await identify(to.sql);
  facts.postgres.newTimeline = timeline;
  facts.postgres.switchPointLsn = await switchPoint(to.sql, timeline);
  const { switchPointLsn, replayedLsn } = facts.postgres;
  recorder.require(
    [
      { name: "timeline", host: to.host.name, measured: timeline, limit: expected, ok: timeline === expected },
      {
        name: "switch point is not before what was replayed",
        host: to.host.name,
        measured: switchPointLsn,
        limit: replayedLsn,
        ok: replayedLsn !== null && parseLsn(switchPointLsn) >= parseLsn(replayedLsn),
      },
    ],
    "understudy status",
  );
}
