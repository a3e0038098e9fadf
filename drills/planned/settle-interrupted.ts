import type { DrillRun } from "../engine/drill-run";
import { StepFailure, StepRecorder } from "../engine/step-recorder";
import { readTopology } from "../hosts/observe";
import { ensureSlot, identify } from "../hosts/postgres";
import { identifyRedis } from "../hosts/redis";
import { followPort } from "../hosts/redis-encryption";
import { hookProblem, runHook } from "../hosts/hooks";
import { openSql } from "../hosts/sessions";
import { disarm } from "./arm";
import { exchangeRedis, noteRedisRoles, requirePaused, restoreReplicaPings, sealRedis } from "./redis-exchange";
import { resumeOldPrimary } from "./resume-old-primary";
import { settleServiceData } from "./service-data";
import { noFacts } from "../../evidence/drill-facts";
import { slotName } from "../../settings/names";
import { PROMOTION, type StepName } from "../../settings/steps";
import { messageOf } from "../../settings/user-error";

/**
 * Makes Redis primary on the old host again, wherever an interrupted exchange has left it: with the same proof that
 * nothing is missing as on the way there, and no moment with two servers that take writes.
 * @throws StepFailure when the offsets do not become equal, Error when the pause of writes is too old: nothing was exchanged then
 */
export async function redisGoesBack(
  run: Pick<DrillRun, "from" | "to" | "request" | "clock" | "environment">,
): Promise<void> {
  const { from, to, request, clock, environment } = run;
  const [here, there] = await Promise.all([identifyRedis(from.redis), identifyRedis(to.redis)]);
  if (here.role === "standby" && there.role === "primary") {
    const back = { from: to, to: from, environment, facts: noFacts() };
    const recorder = new StepRecorder(PROMOTION, request.id, clock);
    await sealRedis(back, recorder);
    requirePaused(back, recorder);
    await exchangeRedis(back, recorder);
  } else if (here.role === "standby") {
    await from.redis.command("REPLICAOF", "NO", "ONE");
  }
  await noteRedisRoles(run);
}

/**
 * What becomes of a drill whose run was killed: it is never carried on blindly and never called a success, since its
 * probe died with it. Where PostgreSQL was not promoted the old primary goes back to work; where it was, Redis and the
 * old primary follow it.
 */
export async function settleInterrupted(run: DrillRun, step: StepName): Promise<StepFailure> {
  const { from, to, facts } = run;
  const failure = (reason: string, undone: string | null): StepFailure =>
    new StepFailure({ reason, host: to.host.name, next: "understudy status, then a drill with a new id", undone });
  const interrupted = `an earlier run of drill ${run.request.id} was interrupted at or before ${step}`;
  try {
    const promoted = !(await identify(to.sql)).inRecovery;
    // The agent that let the jobs rest has lost its drill, and let them run.
    run.armed = { pings: true, slot: !promoted, jobs: false };
    const words = promoted ? await completeExchange(run) : await goBack(run);
    from.sql = await openSql(from.host, run.environment, run.credentials).catch(() => from.sql);
    facts.topologyAfter = await readTopology([from, to], {});
    return failure(interrupted, words);
  } catch (error) {
    return failure(`${interrupted}, and it could not be cleaned up: ${messageOf(error)}`, null);
  } finally {
    await disarm(run);
  }
}

/** PostgreSQL was not promoted: both stores are primary on the old host again, also where Redis had changed already. */
async function goBack(run: DrillRun): Promise<string> {
  await redisGoesBack(run);
  return (await resumeOldPrimary(run)).words;
}

async function completeExchange(run: DrillRun): Promise<string> {
  const { from, to, environment } = run;
  await ensureSlot(to.sql, slotName(from.host.name));
  await from.agent.ask("follow");
  const port = String(await followPort(from.redis, environment));
  if ((await identifyRedis(to.redis)).role === "standby") {
    await from.redis.command("REPLICAOF", to.host.replication_address, port);
    await to.redis.command("REPLICAOF", "NO", "ONE");
  } else {
    await from.redis.command("REPLICAOF", to.host.replication_address, port);
  }
  await from.redis.command("CLIENT", "UNPAUSE");
  await restoreReplicaPings(run);
  await noteRedisRoles(run);
  // They may have run already: hooks may run again.
  const marker = { mark: () => run.clock.now() };
  const demoted = hookProblem(await runHook(from.host, "demoted", run.facts, marker));
  const promoted = hookProblem(await runHook(to.host, "promoted", run.facts, marker));
  const services = await settleServiceData(run);
  return `${to.host.name} had been promoted: both stores are primary there, and ${from.host.name} follows; ${[demoted, promoted, services].filter(Boolean).join("; ")}`;
}
