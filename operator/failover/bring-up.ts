import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { awaitFirstBackups } from "../../drills/services/backup/await-first-backups";
import { UserError } from "../../settings/user-error";
import { clearWay, readObstacles } from "./before-up";
import { declaredRoles } from "./declared-topology";
import { watchEngine } from "./engine-events";
import { saysLocked } from "./engine-words";
import { firstComplaint, openStacks, type HostStack } from "./pair-stacks";

/** How many resources an engine run changes or would change, by what becomes of them. */
export type ResourceChanges = Readonly<Record<string, number>>;

/** The stacks with the declared primary's first: a new standby is cloned from it, and it ends first so that the standby has all. */
export function primaryFirst(
  stacks: readonly HostStack[],
  declared: Readonly<Record<string, Role | undefined>>,
): readonly HostStack[] {
  const rank = ({ host }: HostStack): number => Number(declared[host.name] !== "primary");
  return [...stacks].sort((left, right) => rank(left) - rank(right));
}

/**
 * `pulumi up` of every host's stack, the declared primary first, since a new standby is cloned from it.
 * @throws UserError with the engine's first complaint and the command that shows the rest
 */
export async function bringUp(environment: Environment, phase: (words: string) => void): Promise<void> {
  const { stacks } = await openStacks(environment);
  for (const one of primaryFirst(stacks, await declaredRoles(stacks))) await upStack(one, phase);
  await awaitFirstBackups(environment, phase);
}

/**
 * `pulumi up` of one host's stack, after what would keep it from coming up is out of the way: see `before-up.ts`.
 * @throws UserError with the engine's first complaint and the command that shows the rest
 */
export async function upStack(one: HostStack, phase: (words: string) => void): Promise<ResourceChanges> {
  const { host, stack } = one;
  const engine = watchEngine();
  try {
    await clearWay(one, await readObstacles(one), phase);
    phase(`pulumi -s ${host.stack} up: ${host.name}`);
    const { summary } = await stack.up({ onEvent: engine.onEvent });
    const changes = summary.resourceChanges ?? {};
    phase(`pulumi -s ${host.stack} up: ${changesInWords(changes)}`);
    return changes;
  } catch (error) {
    const why = engine.complaints()[0] ?? firstComplaint(error);
    throw new UserError(
      `stack ${host.stack} of ${host.name} did not come up: ${why}`,
      saysLocked(why) ? "understudy settle" : `pulumi -s ${host.stack} up`,
    );
  }
}

/** Such as `3 create, 12 same`. */
export function changesInWords(changes: ResourceChanges): string {
  const words = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
  return words.length === 0 ? "nothing to do" : words.join(", ");
}
