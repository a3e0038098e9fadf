import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import type { Topology } from "../../evidence/document";
import { observePair } from "../../drills/hosts/observe";
import type { HostStack, PairStacks } from "./pair-stacks";
import { declaredRole } from "./stack-config";

/** The role that each host's stack declares, by host name. @throws UserError when one declares none */
export async function declaredRoles(stacks: readonly HostStack[]): Promise<Record<string, Role>> {
  const roles = await Promise.all(stacks.map(async (one) => [one.host.name, await declaredRole(one)] as const));
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
