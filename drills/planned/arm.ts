import { slotName } from "../../settings/names";
import { DEMOTION, STEPS } from "../../settings/steps";
import { messageOf } from "../../settings/user-error";
import type { DrillRun } from "../engine/drill-run";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { bounded } from "../hosts/bounded";
import { requireDrillLock } from "../hosts/drill-lock";
import { writeJournal } from "../hosts/journal";
import { readLag } from "../hosts/pair-reading";
import { closeArchive, dropSlotOfStandby, ensureSlot, type PostgresSession } from "../hosts/postgres";
import { openSql } from "../hosts/sessions";
import { syncChecks } from "../hosts/swap-checks";
import { hasJobs, letJobsRest, letJobsRun } from "./background-jobs";
import { replayKeepsUp } from "./replay-keeps-up";
import { armFollowPort, lengthenReplicaPings, restoreReplicaPings } from "./redis-exchange";

const DROP_MS = 5000;

/**
 * Everything that costs time and can be had before the cut. What it changes on the hosts is noted in `run.armed` first, so
 * that `disarm` finds it however this ends.
 */
export async function arm(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { request, from, to } = run;
  const begun = { state: "begun", at: new Date().toISOString() } as const;
  run.armed = { pings: true, slot: true, jobs: hasJobs(run.facts.findings) };
  // All of them end before the first failure is told: nothing is changed any more while it is taken back.
  const prepared = await Promise.allSettled([
    ensureSlot(to.sql, slotName(from.host.name)),
    lengthenReplicaPings(from, to),
    armFollowPort(run),
    // What reads the final WAL position is read from the disk here, not when nobody can write.
    from.agent.ask("control"),
    ...STEPS.filter(({ planned }) => planned.beginningNotedBy === DEMOTION).map(({ name, planned }) =>
      writeJournal(run[planned.journal].agent, request.id, name, begun),
    ),
  ]);
  const failed = prepared.filter((one) => one.status === "rejected");
  if (failed.length > 0) throw new Error(failed.map((one) => messageOf(one.reason)).join("; "));
  recorder.mark("way back prepared", to.host.name);
  if (run.armed.jobs) run.restingJobs = await letJobsRest(from, recorder);
  await writeCheckpoints(run, recorder);
  await replayKeepsUp(run, recorder);
  const { lag, streaming } = await readLag(from, to);
  recorder.require(syncChecks({ lag, streaming }, to.host.name, run.environment), "understudy status");
  await closeArchive(from.sql);
  await stillOurs(run);
}

/** A checkpoint that took longer has left time for much new to gather, milliseconds; so many are made at most. */
const SHORT_CHECKPOINT_MS = 150;
const CHECKPOINTS = 3;

/** Leaves the one of the stop little to write: where there was much, what was written meanwhile goes in another one. */
export async function writeCheckpoints(
  { from }: { readonly from: Pick<DrillRun["from"], "host"> & { readonly sql: Pick<PostgresSession, "query"> } },
  recorder: Pick<StepRecorder, "mark" | "now">,
): Promise<void> {
  for (let made = 1; ; made += 1) {
    const beganAtMs = recorder.now();
    await from.sql.query("checkpoint");
    const tookMs = recorder.mark("checkpoint written", from.host.name) - beganAtMs;
    if (tookMs <= SHORT_CHECKPOINT_MS || made === CHECKPOINTS) return;
  }
}

/** Up to here nothing was stopped, and another run would find nothing changed. */
async function stillOurs({ from, to }: DrillRun): Promise<void> {
  for (const host of [to, from]) {
    await requireDrillLock(host).catch((error: unknown) => {
      throw new StepFailure({
        reason: messageOf(error),
        host: host.host.name,
        next: "understudy status, then a drill with a new id",
        undone: null,
      });
    });
  }
}

/**
 * Takes back what `arm` changed and is still in place: on every way out of a drill, by whichever step it ends. Each host by
 * itself, since one of them may be gone.
 * @returns what could not be taken back, in words; it never throws
 */
export async function disarm(
  run: Pick<DrillRun, "armed" | "from" | "to" | "environment" | "credentials">,
): Promise<string[]> {
  const { from, to, armed } = run;
  run.armed = { pings: false, slot: false, jobs: false };
  const orders: (readonly [string, Promise<unknown>])[] = [];
  if (armed.pings) orders.push(["Redis' usual pings", restoreReplicaPings(run)]);
  if (armed.slot) orders.push([`the end of the slot for ${from.host.name} on ${to.host.name}`, dropSlot(run)]);
  if (armed.jobs) orders.push([`the end of the rest of ${from.host.name}'s background jobs`, letJobsRun(from.agent)]);
  const settled = await Promise.allSettled(orders.map(([, order]) => order));
  return settled.flatMap((one, at) =>
    one.status === "rejected" ? [`${orders[at]?.[0] ?? ""} did not get through: ${messageOf(one.reason)}`] : [],
  );
}

/** Through the open session, or a new one where that has ended. */
async function dropSlot({
  from,
  to,
  environment,
  credentials,
}: Pick<DrillRun, "from" | "to" | "environment" | "credentials">): Promise<void> {
  const drop = (sql: PostgresSession): Promise<void> =>
    bounded(`${to.host.name}: PostgreSQL`, DROP_MS, dropSlotOfStandby(sql, slotName(from.host.name)));
  await drop(to.sql).catch(async () => {
    const sql = await openSql(to.host, environment, credentials);
    await drop(sql).finally(() => void sql.end().catch(() => undefined));
  });
}
