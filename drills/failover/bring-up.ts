import type { Environment } from "../../settings/environment";
import { UserError } from "../user-error";
import { watchEngine } from "./engine-events";
import { firstComplaint, openStacks, type HostStack } from "./pair-stacks";

/**
 * `pulumi up` of every host's stack, the declared primary first, since a new standby is cloned from it.
 * @throws UserError with the engine's first complaint and the command that shows the rest
 */
export async function bringUp(environment: Environment, phase: (words: string) => void): Promise<void> {
  const { stacks } = await openStacks(environment);
  const roles = await Promise.all(stacks.map(async ({ stack }) => (await stack.getConfig("understudy:role")).value));
  const order = stacks.map((one, at) => ({ one, primary: roles[at] === "primary" }));
  for (const { one } of [...order].sort((left, right) => Number(right.primary) - Number(left.primary)))
    await up(one, phase);
}

async function up({ host, stack }: HostStack, phase: (words: string) => void): Promise<void> {
  phase(`pulumi -s ${host.stack} up: ${host.name}`);
  const engine = watchEngine();
  try {
    const { summary } = await stack.up({ onEvent: engine.onEvent });
    const changes = Object.entries(summary.resourceChanges ?? {}).map(([what, count]) => `${count} ${what}`);
    phase(`pulumi -s ${host.stack} up: ${changes.join(", ")}`);
  } catch (error) {
    throw new UserError(
      `stack ${host.stack} of ${host.name} did not come up: ${engine.complaints()[0] ?? firstComplaint(error)}`,
      `pulumi -s ${host.stack} up`,
    );
  }
}
