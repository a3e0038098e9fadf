import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import type { Topology } from "../evidence/document";
import { observePair } from "../observe";
import type { HostStack, PairStacks } from "./pair-stacks";

/** The role that each host's stack declares, by host name. @throws CommandError of Pulumi when a config cannot be read */
export async function declaredRoles(stacks: readonly HostStack[]): Promise<Record<string, Role>> {
  const roles = await Promise.all(
    stacks.map(
      async ({ host, stack }) => [host.name, (await stack.getConfig("understudy:role")).value as Role] as const,
    ),
  );
  return Object.fromEntries(roles);
}

/** What every host is declared to be, and what its stores say now. */
export async function observeDeclared(
  { stacks, credentials }: PairStacks,
  environment: Environment,
): Promise<Topology> {
  return observePair(
    stacks.map((one) => one.host),
    environment,
    credentials,
    await declaredRoles(stacks),
  );
}
