import { setTimeout as sleep } from "node:timers/promises";
import { SEAL_HOLDS_MS } from "./demote-primary";
import type { DrillRun, Step } from "../engine/drill-run";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { identify, switchPoint } from "../hosts/postgres";
import { runHook } from "../hosts/hooks";
import { messageOf } from "../../settings/user-error";
import { promotePostgres } from "../engine/promote-postgres";
import { holdNewcomers, leadRedisToPromoted, leadToPromoted } from "./hold-doors";
import { exchangeRedis, noteRedisRolesLater, requirePaused, sealRedis } from "./redis-exchange";
import { resumeOldPrimary } from "./resume-old-primary";

/**
 * The old primary starts so long after clients were led, milliseconds: they open their sessions now, and where hosts share
 * processors or a disk its start made them wait for it.
 */
const CLIENTS_FIRST_MS = 300;

/**
 * Seals Redis, then promotes both stores side by side. Up to the first promotion a failure puts the old primary back to
 * work; from then on there is no way back, and a failure says what stands where.
 */
export const promoteStandby: Step = async (run, recorder) => {
  try {
    holdNewcomers(run, recorder);
    await sealRedis(run, recorder);
    requireFreshSeal(run, recorder);
    requirePaused(run, recorder);
  } catch (error) {
    throw new StepFailure({
      reason: messageOf(error),
      host: error instanceof StepFailure ? error.failure.host : run.from.host.name,
      next: "understudy status",
      undone: (await resumeOldPrimary(run)).words,
    });
  }
  // From here on the old primary may have to follow through its slot, whatever else happens.
  run.armed = { ...run.armed, slot: false };
  let follows: Promise<unknown> | undefined;
  const follow = (): Promise<unknown> => (follows ??= run.from.agent.ask("follow"));
  const [redis, postgres] = await Promise.allSettled([
    exchangeRedis(run, recorder, () => leadRedisToPromoted(run, recorder)),
    // The stopped server's boot guard does not wait for ever, and must not start it writable beside a slow promotion.
    promotePostgres(run, recorder, () => answeredForLater(run, follow())).then(() => leadToPromoted(run, recorder)),
  ]);
  if (redis.status === "fulfilled") run.noteRoles = noteRedisRolesLater(run);
  const failed = [redis, postgres].filter((one) => one.status === "rejected");
  if (failed.length > 0) {
    throw new StepFailure({
      reason: failed.map((one) => messageOf(one.reason)).join("; "),
      host: run.to.host.name,
      next: "understudy status",
      undone: null,
    });
  }
  answeredForLater(run, sleep(CLIENTS_FIRST_MS).then(follow));
  // What becomes of it the last step asks: the roles have changed, whatever it says.
  const moved = runHook(run.to.host, "promoted", run.facts, recorder);
  try {
    await proveSwitchPoint(run, recorder).finally(() => moved);
  } catch (error) {
    // Whoever ends this run now may end its sessions too.
    answeredForLater(run, follow());
    throw error;
  }
};

/** What is told at once and answered for in the next step: writers do not wait for it, nor does a step that fails. */
function answeredForLater(run: DrillRun, work: Promise<unknown>): void {
  work.catch(() => undefined);
  run.pendingWrites.push(work);
}

/** A process that was stopped for a while must not promote beside an old primary whose guard has given up waiting. */
function requireFreshSeal({ facts, from }: DrillRun, recorder: StepRecorder): void {
  const sealedAtMs = facts.fences.find((one) => one.store === "timescaledb")?.provedAtMs ?? -Infinity;
  const ageMs = recorder.now() - sealedAtMs;
  if (ageMs <= SEAL_HOLDS_MS) return;
  throw new Error(
    `the final WAL position of ${from.host.name} is ${Math.round(ageMs / 1000)} s old, and is valid for ${SEAL_HOLDS_MS / 1000} s: its boot guard may have started it again`,
  );
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
        name: "switch point equals the final WAL position",
        host: to.host.name,
        measured: facts.postgres.switchPointLsn,
        limit: seal?.endLsn ?? null,
        ok: facts.postgres.switchPointLsn === seal?.endLsn,
      },
    ],
    "understudy status",
  );
}
