import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings";
import { STORE_LABELS } from "../settings/services";
import { STEP_NAMES, stepRow, type StepName } from "../settings/steps";
import { composeEvidence } from "../evidence/compose-evidence";
import type { StepOutput } from "../evidence/drill-facts";
import type { DeclarationVerdict } from "../evidence/declaration";
import type { DrillRequest } from "../evidence/drill-request";
import type { EvidenceDocument } from "../evidence/document";
import { stackEvidence, type StackEvidence } from "../evidence/stack-output";
import { withoutModuleFrames } from "./engine/module-frames";
import type { StepInput, StepReturn } from "./engine/drill-run";
import { simulateDrill } from "./simulate";
import { StepResource } from "./step-resource";

interface DrillArgs {
  readonly request: DrillRequest;
  /** Resolves when what has to stand before the first step stands. */
  readonly ready: Promise<void>;
  readonly settings: Pick<Settings, "environment" | "secrets">;
}

/** The five steps of one drill, one after the other, in one engine run. */
class Drill extends pulumi.ComponentResource {
  /** Complete whatever happened: a failed step leaves its evidence too. */
  public readonly evidence: pulumi.Output<EvidenceDocument>;

  constructor(name: string, { request, ready, settings }: DrillArgs) {
    super("understudy:index:Drill", name, {});
    const first = ready.then(() => "null");
    const results = new Map<StepName, pulumi.Output<string>>();
    for (const step of STEP_NAMES) {
      const before = stepRow(step)[request.kind].startsAfter;
      const resource = new StepResource(
        `${name}-${step}`,
        {
          step,
          request,
          previous: (before && results.get(before)?.apply(handOver)) ?? first,
          credentials: settings.secrets,
        },
        { parent: this },
      );
      results.set(step, resource.result);
    }
    this.evidence = pulumi.all([...results.values()]).apply((all) =>
      composeEvidence(
        request,
        settings.environment,
        all.map((one) => JSON.parse(one) as StepOutput),
      ),
    );
    this.registerOutputs({});
  }
}

/** What a step tells the next one: whether it has its turn, and the origin of the drill's clock. */
function handOver(result: string): string {
  const { goesOn, originNs } = JSON.parse(result) as StepReturn;
  return JSON.stringify({ goesOn, originNs } satisfies StepInput["previous"]);
}

/**
 * Waits for resources without declaring a dependence on them: an engine run that targets the drill alone refuses to run
 * what depends on a resource that it does not make, and a drill must not wait for what an operator meant to add.
 */
function registered(resources: readonly pulumi.Resource[]): Promise<void> {
  return new Promise((resolve) => {
    pulumi.all(resources.map(({ urn }) => urn)).apply(() => resolve());
  });
}

/**
 * The drill of this stack, if its config asks for one: simulated in every preview and in dry-run mode, executed by `up`
 * in execute mode. Resolves to the evidence, and throws (after the outputs are registered) when the drill failed.
 * @param after what an engine run without targets brings up before the first step
 */
export async function declareDrill(
  settings: Settings,
  verdict: DeclarationVerdict,
  after: readonly pulumi.Resource[],
): Promise<pulumi.Output<StackEvidence> | undefined> {
  const { drill, view, environmentFile, role } = settings;
  if (drill === undefined || view.peer === undefined || role !== "primary") return undefined;
  const request: DrillRequest = { ...drill, environmentFile, fromHost: view.peer.name, toHost: view.self.name };
  const steps =
    drill.mode === "execute" ? new Drill("drill", { request, ready: registered(after), settings }) : undefined;
  if (verdict.verdict === "drill" && (steps === undefined || pulumi.runtime.isDryRun())) {
    const document = await simulateDrill(request, settings.environment, settings.credentials);
    await tellFindings(document);
    return pulumi.output(stackEvidence(document));
  }
  return steps?.evidence.apply(stackEvidence);
}

/** Tells what was found on the servers, for whoever looks at a plain preview. */
async function tellFindings({ findings }: EvidenceDocument): Promise<void> {
  for (const { severity, store, host, key, detail } of findings?.listed ?? []) {
    const line = `${severity}: ${STORE_LABELS[store]} on ${host}, ${key}: ${detail}`;
    await (severity === "noted" ? pulumi.log.info(line) : pulumi.log.warn(line));
  }
}

/** Ends the program with exit code 1 when the evidence says that the drill failed. */
export function failWith(evidence: pulumi.Output<StackEvidence> | undefined): void {
  evidence?.apply(({ document }) => {
    if (!document.success) throw withoutModuleFrames(new pulumi.RunError(describeFailure(document)));
  });
}

function describeFailure({ drill, steps, failedStep }: EvidenceDocument): string {
  const failure = steps.find((step) => step.step === failedStep)?.failure;
  const dry = drill.mode === "dry-run" ? "the dry run of " : "";
  return [
    `${dry}drill ${drill.id} failed at ${failedStep ?? "an unknown step"}${failure?.host ? ` on ${failure.host}` : ""}: ${failure?.reason ?? "no reason was recorded"}`,
    ...(failure?.undone ? [`undone: ${failure.undone}`] : []),
    `next: ${failure?.next ?? "understudy status"}; a new attempt needs a new drill id`,
  ].join("\n");
}
