import type { Role } from "../../settings/pair";
import type { Topology } from "../../evidence/document";
import { observedRole, storesDiffer } from "../../evidence/observed-role";
import type { HostStack } from "./pair-stacks";
import { declareRole } from "./stack-config";

/** A host that plays another role than its stack declares. */
export interface Contradiction {
  readonly host: string;
  readonly declared: Role;
  readonly fact: Role;
}

/**
 * The hosts whose stacks declare another role than both of their stores play, as a drill leaves them that failed where
 * nobody could write the fact down. Pure. Empty where the fact is not certain: the stores of a host differ, two hosts are
 * primary, or a host is primary and nobody knows that the other is not.
 */
export function contradictions(declared: Readonly<Record<string, Role>>, topology: Topology): readonly Contradiction[] {
  const hosts = Object.keys(declared);
  const primaries = hosts.filter((host) => observedRole(topology, host) === "primary");
  if (primaries.length > 1 || hosts.some((host) => storesDiffer(topology, host))) return [];
  const isStandby = (host: string): boolean => (observedRole(topology, host) ?? declared[host]) === "standby";
  return hosts.flatMap((host) => {
    const [said, fact] = [declared[host], observedRole(topology, host)];
    if (said === undefined || fact === undefined || fact === said) return [];
    const certain = fact === "standby" || hosts.every((other) => other === host || isStandby(other));
    return certain ? [{ host, declared: said, fact }] : [];
  });
}

/** Lets each of these stacks declare the fact. No role is moved, and no engine is run. */
export async function followFacts(stacks: readonly HostStack[], found: readonly Contradiction[]): Promise<void> {
  for (const { host, fact } of found) {
    const one = stacks.find((stack) => stack.host.name === host);
    if (one !== undefined) await declareRole(one, fact);
  }
}
