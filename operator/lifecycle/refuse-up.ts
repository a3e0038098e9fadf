import type { DrillConfig } from "../../settings/drill-config";
import type { NamedHost, Role } from "../../settings/pair";
import { judgeDeclaration } from "../../evidence/declaration";
import type { Topology } from "../../evidence/document";
import { UserError } from "../../settings/user-error";

/** What one stack's config declares. */
export interface Declaration {
  readonly host: NamedHost;
  readonly role: Role;
  readonly drill: DrillConfig | undefined;
  /** Drills that have promoted this host already. */
  readonly completed: ReadonlySet<string>;
}

/**
 * Why an `up` of all stacks must not begin: a declaration that the stores contradict, or a drill that it would execute.
 * An `up` never moves a role; that is what a drill is for.
 */
export function refusalOf(declarations: readonly Declaration[], topology: Topology): UserError | undefined {
  for (const { host, role, drill, completed } of declarations) {
    const peer = declarations.find((one) => one.host.name !== host.name)?.host;
    const judged = judgeDeclaration(host, peer, role, drill, topology, completed);
    if (judged.verdict === "refused") {
      const [why = "", next = "understudy status"] = judged.message.split(/\.? Next: /);
      return new UserError(why, next, 3);
    }
    if (judged.verdict === "drill" && drill?.mode === "execute") {
      return new UserError(
        `stack ${host.stack} asks for drill ${drill.id}: up would move the primary's role to ${host.name}`,
        `understudy failover --to ${host.name}, or, for the declarations to follow what the hosts are: understudy settle --execute`,
        3,
      );
    }
    if (judged.verdict === "new" && drill?.mode === "execute" && !completed.has(drill.id)) {
      return new UserError(
        `stack ${host.stack} still names drill ${drill.id}, and nothing on ${host.name} can say whether it is over`,
        `pulumi -s ${host.stack} config rm understudy:drill`,
        3,
      );
    }
  }
  return undefined;
}
