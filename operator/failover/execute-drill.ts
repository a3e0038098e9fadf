import type { StepOutput } from "../../evidence/drill-facts";
import { interruptedEvidence } from "../../evidence/interrupted-evidence";
import { stackEvidence, type StackEvidence } from "../../evidence/stack-output";
import { DRILL_TARGET } from "./drill-target";
import { saysLocked } from "./engine-words";
import { type EngineWatcher, type StepWatch, watchEngine } from "./engine-events";
import { firstComplaint, type HostStack } from "./pair-stacks";
import { askedDrill, readStackConfig, withDrill, writeStackConfig } from "./stack-config";
import type { DrillConfig } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { comesBefore, DEMOTION } from "../../settings/steps";
import { UserError } from "../../settings/user-error";

/** The command that asks for this drill once more, with the terms it was begun with. */
export function failoverWords(drill: DrillConfig, toHost: string): string {
  const { id, mode, kind, nonce, accept_unfenced: accepted, accept_loss: loss } = drill;
  return [
    "understudy failover",
    ...(kind === "unplanned" ? ["--unplanned"] : []),
    ...(mode === "execute" ? ["--execute"] : []),
    `--to ${toHost} --drill-id ${id}`,
    ...(nonce === "" ? [] : [`--nonce ${nonce}`]),
    ...(accepted === undefined ? [] : [`--accept-unfenced ${JSON.stringify(accepted.reason)}`]),
    ...(loss === undefined ? [] : [`--accept-loss ${JSON.stringify(loss.reason)}`]),
    ...(drill.fence_live_primary === true ? ["--fence-live-primary"] : []),
    ...(drill.lose_unlogged === true ? ["--lose-unlogged"] : []),
    ...(drill.stores_only === true ? ["--stores-only"] : []),
    ...(drill.with_clients === undefined ? [] : [`--with-clients ${drill.with_clients.join(",")}`]),
    ...(drill.standing_probe === undefined ? [] : [`--standing-probe ${drill.standing_probe}`]),
  ].join(" ");
}

/** The command that takes up the drill that one of these stacks is asked to execute; undefined when none is. */
export async function askedDrillWords(stacks: readonly HostStack[]): Promise<string | undefined> {
  for (const one of stacks) {
    const drill = askedDrill(await readStackConfig(one));
    if (drill?.mode === "execute") return failoverWords(drill, one.host.name);
  }
  return undefined;
}

/** What one executed drill is run with. */
export interface DrillExecution {
  readonly from: HostStack;
  readonly to: HostStack;
  readonly drill: DrillConfig;
  readonly environment: Environment;
  /** Aborted when the operator interrupts the drill: it ends at the next boundary between two steps. */
  readonly signal: AbortSignal | undefined;
}

type Watch = StepWatch & { phase?(words: string): void };

/**
 * Runs the five steps in one engine run, and nothing else that waits for an `up`. A run that ends without evidence of this drill, because the operator or a crash
 * stopped it, is followed by another one that settles what it left: the evidence is of both then.
 * @throws UserError when not even that gave evidence; where no step had begun, the stack's config is as it was before
 */
export async function executeDrill(execution: DrillExecution, watch: Watch): Promise<StackEvidence> {
  const { to, drill, signal } = execution;
  const config = await readStackConfig(to);
  await writeStackConfig(config.file, withDrill(config, drill));
  watch.phase?.(`pulumi -s ${to.host.stack} up: the five steps of drill ${drill.id}, in one engine run`);
  const first = await run(execution, watch, signal);
  if (first.evidence !== undefined) return first.evidence;
  if (!first.engine.stepsBegan()) {
    await writeStackConfig(config.file, config.text);
    if (signal?.aborted === true) {
      throw new UserError(
        "interrupted before the first step began: nothing was changed",
        failoverWords(drill, to.host.name),
      );
    }
    throw withoutEvidence(to, drill, first);
  }
  const ended = first.engine.outputs().filter(({ result }) => result.drillId === drill.id);
  if (signal?.aborted === true && endedBeforeTheCut(execution, ended)) {
    return stackEvidence(interruptedEvidence(requestOf(execution), execution.environment, ended));
  }
  watch.phase?.(`pulumi -s ${to.host.stack} up: once more, to clean up what the interrupted run has left`);
  const second = await run(execution, watch, undefined);
  if (second.evidence !== undefined) return second.evidence;
  throw withoutEvidence(to, drill, second);
}

interface Run {
  readonly engine: EngineWatcher;
  /** Undefined also when the output is of an earlier drill. */
  readonly evidence: StackEvidence | undefined;
  readonly failure: unknown;
}

async function run({ to, drill }: DrillExecution, watch: Watch, signal: AbortSignal | undefined): Promise<Run> {
  const engine = watchEngine(watch);
  const failure = await to.stack
    .up({ onEvent: engine.onEvent, target: [DRILL_TARGET], ...(signal === undefined ? {} : { signal }) })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const found = engine.evidence();
  return { engine, failure, evidence: found?.document.drill.id === drill.id ? found : undefined };
}

/** Nothing has to be undone then; an unplanned drill is not undone at all, the same id goes on with it. */
function endedBeforeTheCut({ drill }: DrillExecution, ended: readonly StepOutput[]): boolean {
  if (ended.length === 0) return false;
  return drill.kind === "unplanned" || ended.every(({ result }) => comesBefore(result.step, DEMOTION));
}

function requestOf({ from, to, drill }: DrillExecution): Parameters<typeof interruptedEvidence>[0] {
  return { ...drill, fromHost: from.host.name, toHost: to.host.name, again: failoverWords(drill, to.host.name) };
}

function withoutEvidence({ host }: HostStack, drill: DrillConfig, { engine, failure }: Run): UserError {
  const why =
    engine.complaints()[0] ?? (failure === undefined ? "the stack has no output evidence" : firstComplaint(failure));
  if (saysLocked(why)) {
    return new UserError(
      `stack ${host.stack} is locked by another pulumi, at work or dead: ${why}`,
      "understudy settle",
      3,
    );
  }
  return new UserError(
    `stack ${host.stack} ended without evidence of drill ${drill.id}: ${why}`,
    engine.stepsBegan()
      ? `understudy settle, then ${failoverWords(drill, host.name)}`
      : `pulumi -s ${host.stack} preview`,
  );
}
