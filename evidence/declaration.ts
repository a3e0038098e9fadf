import type { Role } from "../settings/pair";
import type { DrillConfig } from "../settings/drill-config";
import type { Topology } from "./document";
import { observedRole, storesDiffer } from "./observed-role";

/** How a stack stands to what its stores say. */
export type DeclarationVerdict =
  | { readonly verdict: "agrees" }
  /** The stores are not there yet: a first `up`. */
  | { readonly verdict: "new" }
  /** A drill is asked for that gives this host the primary's role. */
  | { readonly verdict: "drill"; readonly fromHost: string; readonly toHost: string }
  | { readonly verdict: "refused"; readonly message: string };

/**
 * Compares the declared role of one host with the observed roles of both. A declaration never moves a role by itself:
 * only a drill does, on the stack that is to be promoted. A drill in `completedDrills` has done so once already.
 */
export function judgeDeclaration(
  self: { readonly name: string; readonly stack: string },
  peer: { readonly name: string; readonly stack: string } | undefined,
  declared: Role,
  drill: DrillConfig | undefined,
  topology: Topology,
  completedDrills: ReadonlySet<string>,
): DeclarationVerdict {
  const here = observedRole(topology, self.name);
  const there = peer && observedRole(topology, peer.name);
  const seen = topology.hosts
    .map((one) => `${one.host} ${words(one.timescaledb)} (timescaledb), ${words(one.redis)} (redis)`)
    .join("; ");
  const refused = (why: string, next: string): DeclarationVerdict => ({
    verdict: "refused",
    message: `stack ${self.stack} declares ${self.name} ${declared}, ${why}. Observed: ${seen}. Next: ${next}`,
  });
  const setRole = (stack: string, role: Role): string => `pulumi -s ${stack} config set understudy:role ${role}`;
  if (peer === undefined) {
    return declared === "primary"
      ? { verdict: here === undefined ? "new" : "agrees" }
      : refused("but it is the environment's only host", setRole(self.stack, "primary"));
  }
  if (declared === "standby" && drill?.mode === "execute") {
    return refused(
      `and its config still says to execute drill ${drill.id}: the next drill would not be dry by default`,
      `pulumi -s ${self.stack} config rm understudy:drill`,
    );
  }
  const mixed = [self, peer].filter(({ name }) => storesDiffer(topology, name)).map(({ name }) => name);
  const asked = declared === "primary" && drill !== undefined && !completedDrills.has(drill.id) ? drill : undefined;
  if (mixed.length > 0 && (asked === undefined || there === "primary")) {
    return refused(
      `and the stores of ${mixed.join(" and of ")} differ in their roles, as an interrupted drill leaves them`,
      "understudy status, then the drill that was interrupted once more, by its own id: understudy failover --execute --drill-id ID",
    );
  }
  if (mixed.length > 0) return { verdict: "drill", fromHost: peer.name, toHost: self.name };
  if (here === declared) {
    return here === there ? refused(`and both hosts are ${here}`, "understudy status") : { verdict: "agrees" };
  }
  if (here === undefined) {
    if (declared === "primary" && there === "primary") {
      return refused(`but ${peer.name} is primary: there would be two`, setRole(self.stack, "standby"));
    }
    return { verdict: "new" };
  }
  if (declared === "standby") {
    return refused(
      "but it is primary; a role moves when the other host is promoted",
      `${setRole(peer.stack, "primary")} && pulumi -s ${peer.stack} config set --path understudy:drill.id NEW-ID, or ${setRole(self.stack, "primary")}`,
    );
  }
  if (drill !== undefined && !completedDrills.has(drill.id))
    return { verdict: "drill", fromHost: peer.name, toHost: self.name };
  return refused(
    `but it is standby, and ${drill === undefined ? "no drill is asked for" : `drill ${drill.id} is over`}`,
    `pulumi -s ${self.stack} config set --path understudy:drill.id NEW-ID, or ${setRole(self.stack, "standby")}`,
  );
}

function words(store: Topology["hosts"][number]["redis"]): string {
  return store.state === "observed" ? store.role : `unknown: ${store.reason}`;
}
