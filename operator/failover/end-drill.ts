import path from "node:path";
import type { Environment } from "../../settings/environment";
import type { EvidenceDocument, Topology } from "../../evidence/document";
import { HEALTH_REPORT_NAME, type HealthEntry } from "../../evidence/health-report";
import { topologyOf } from "../../drills/hosts/observe";
import { readServicesOnce, type ServicesReading } from "../health/read-services";
import { writeHealthReport } from "../health/write-health-report";
import { observedRole } from "../../evidence/observed-role";
import { PROMOTION } from "../../settings/steps";
import { messageOf, UserError } from "../../settings/user-error";
import { declaredRoles } from "./declared-topology";
import { DRILL_TARGET } from "./drill-target";
import { saysLocked } from "./engine-words";
import { firstComplaint, type HostStack, type PairStacks } from "./pair-stacks";
import { tellHosts } from "../tell/tell-hosts";
import { declaredRole, declareRole } from "./stack-config";

/** The health of every service after a drill, and the file that it was written to. */
export interface DrillHealth {
  readonly file: string;
  readonly entries: readonly HealthEntry[];
}

interface EndedDrill {
  readonly from: HostStack;
  readonly to: HostStack;
  readonly document: EvidenceDocument;
  readonly pair: PairStacks;
}

interface Watch {
  topology?(when: "after", topology: Topology): void;
  phase?(words: string): void;
}

/**
 * What an executed drill ends with: both declarations follow the fact, and a health report stands beside the evidence.
 * Every service is looked at once for both, since a silent host costs seconds at every look, and once more where a
 * stack had to follow.
 * @throws UserError when a stack did not follow; a health report that cannot be written spoils no drill
 */
export async function endDrill(
  { from, to, document, pair }: EndedDrill,
  {
    environment,
    environmentFile,
    outputFile,
  }: { readonly environment: Environment; readonly environmentFile?: string; readonly outputFile: string },
  watch: Watch,
): Promise<DrillHealth | null> {
  if (document.drill.kind === "unplanned" && wasPromoted(document)) await declareGone(from, watch);
  watch.phase?.("asking every service whether it is healthy");
  const look = (): Promise<ServicesReading> => readServicesOnce(environment, pair.credentials);
  const before = await look();
  const followed = await declareTheFact({ from, to }, topologyOf(before, {}), watch);
  const after = followed ? await look() : before;
  const declared = await declaredRoles(pair.stacks);
  watch.topology?.("after", topologyOf(after, declared));
  const resultsDir = path.dirname(outputFile);
  await tellHosts({ environment, environmentFile, stacks: pair.stacks, resultsDir }, (words) => watch.phase?.(words));
  const file = path.join(resultsDir, HEALTH_REPORT_NAME);
  try {
    return { file, entries: await writeHealthReport(file, after, declared) };
  } catch (error) {
    watch.phase?.(`there is no health report of this drill: ${messageOf(error)}`);
    return null;
  }
}

/** Whatever failed after a promotion, it is a fact. */
function wasPromoted({ steps }: EvidenceDocument): boolean {
  return steps.some(({ step, status }) => step === PROMOTION && status === "passed");
}

/** The host that was lost is a standby from now on, whatever it believes; its stack follows when it is back. */
async function declareGone(one: HostStack, watch: Watch): Promise<void> {
  const { host, stack } = one;
  await declareRole(one, "standby");
  watch.phase?.(`stack ${stack.name} declares ${host.name} standby; when it is back: understudy rejoin ${host.name}`);
}

/**
 * Sets both stacks' declared role to what the stores say, and lets the demoted one's stack follow, its old drill alone. The stack of a drill
 * that moved no role is only given its declaration back: it keeps that drill's evidence as its output.
 * @returns whether a stack had to follow
 */
async function declareTheFact(
  { from, to }: Pick<EndedDrill, "from" | "to">,
  fact: Topology,
  watch: Watch,
): Promise<boolean> {
  let followed = false;
  for (const one of [from, to]) {
    const { host, stack } = one;
    const role = observedRole(fact, host.name);
    if (role === undefined || (await declaredRole(one)) === role) continue;
    await declareRole(one, role);
    if (one === to && role === "standby") {
      watch.phase?.(`stack ${stack.name} declares ${host.name} standby, as before: no role was moved`);
      continue;
    }
    watch.phase?.(`pulumi -s ${stack.name} up: the declaration follows, ${host.name} is ${role}`);
    followed = true;
    try {
      await stack.up({ target: [DRILL_TARGET] });
    } catch (error) {
      const why = messageOf(firstComplaint(error));
      throw new UserError(
        `stack ${stack.name} did not follow: ${why}`,
        `${saysLocked(why) ? "understudy settle, then " : ""}pulumi -s ${stack.name} up --target '${DRILL_TARGET}'`,
      );
    }
  }
  return followed;
}
