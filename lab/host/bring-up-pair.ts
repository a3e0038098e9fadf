import { bringUp, upStack } from "../../operator/failover/bring-up";
import { openStacks } from "../../operator/failover/pair-stacks";
import { stillPlain, untilAskedThroughFront } from "../../operator/lifecycle/finish-fronts";
import type { Environment } from "../../settings/environment";
import type { Progress } from "./progress";

/**
 * Brings the pair up, and once more where a host still speaks plain HTTP to the other one, as `understudy up` does: where
 * the first host's Prometheus had not begun when the second one came up, nobody knew yet how it asks. No store is touched.
 * @throws UserError when a stack does not come up
 */
export async function bringUpPair(environment: Environment, progress: Progress): Promise<void> {
  await bringUp(environment, progress);
  const { stacks } = await openStacks(environment);
  for (const one of await stillPlain(stacks, environment)) {
    await untilAskedThroughFront(one.host.name, environment);
    await upStack(one, progress);
  }
}
