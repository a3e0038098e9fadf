import { noFacts } from "../../evidence/drill-facts";
import type { DrillRun } from "../engine/drill-run";
import { StepRecorder } from "../engine/step-recorder";
import { identifyRedis } from "../hosts/redis";
import { exchangeRedis, noteRedisRoles, sealRedis } from "./redis-exchange";

/**
 * Makes Redis primary on the old host again, wherever an interrupted exchange has left it: with the same proof that
 * nothing is missing as on the way there, and no moment with two servers that take writes.
 * @throws StepFailure when the offsets do not become equal; nothing was exchanged then
 */
export async function redisGoesBack(
  run: Pick<DrillRun, "from" | "to" | "request" | "clock" | "environment">,
): Promise<void> {
  const { from, to, request, clock, environment } = run;
  const [here, there] = await Promise.all([identifyRedis(from.redis), identifyRedis(to.redis)]);
  if (here.role === "standby" && there.role === "primary") {
    const back = { from: to, to: from, environment, facts: noFacts() };
    const recorder = new StepRecorder("promote-standby", request.id, clock);
    await sealRedis(back, recorder);
    await exchangeRedis(back, recorder);
  } else if (here.role === "standby") {
    await from.redis.command("REPLICAOF", "NO", "ONE");
  }
  await noteRedisRoles(run);
}
