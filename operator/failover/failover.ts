import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Environment } from "../../settings/environment";
import type { DrillConfig, PendingChanges } from "../../settings/drill-config";
import { readSigningKey } from "../../evidence/attestation/key-files";
import type { EvidenceDocument, StepResult, Topology } from "../../evidence/document";
import type { StackEvidence } from "../../evidence/stack-output";
import { keepEvidence } from "../../evidence/keep-evidence";
import { writeEvidence, type WrittenEvidence } from "../../evidence/write-evidence";
import { observedRole } from "../../evidence/observed-role";
import { messageOf, UserError } from "../../settings/user-error";
import { observeDeclared } from "./declared-topology";
import { explainPendingOperations } from "../../evidence/pending-operations";
import { readBasis } from "./basis";
import { DRILL_TARGET } from "./drill-target";
import { executeDrill } from "./execute-drill";
import { endDrill, type DrillHealth } from "./end-drill";
import { watchEngine } from "./engine-events";
import { credentialsOf, firstComplaint, openStacks, type HostStack, type PairStacks } from "./pair-stacks";
import { pendingByPreview, pendingByState, refuseChangedWays, type StackReading } from "./pending-changes";
import { askedDrill, readStackConfig, withDrill } from "./stack-config";
import { exportState, pendingIn } from "./stack-state";
import type { StepName } from "../../settings/steps";

/** What one drill from the operator's side is asked to do. */
export interface FailoverOptions {
  readonly environment: Environment;
  /** The file that the environment was read from; without it the evidence does not say what was rehearsed. */
  readonly environmentFile?: string;
  /** Where the `.env` evidence goes; its JSON is written beside it. */
  readonly outputFile: string;
  /** Host to promote; the one that is standby now when undefined. */
  readonly to: string | undefined;
  /** What the stack's config will ask for. */
  readonly drill: DrillConfig;
  /** Aborted when the operator interrupts: the drill ends at the next boundary between two steps, with evidence. */
  readonly signal?: AbortSignal;
}

/** What a person follows while it happens; every part may be left out. */
export interface FailoverWatch {
  topology?(when: "before" | "after", topology: Topology): void;
  phase?(words: string): void;
  stepBegins?(step: StepName): void;
  stepEnds?(result: StepResult): void;
}

/** What a drill left: its document, where the evidence lies, and the health of every service after it. */
export interface FailoverOutcome {
  readonly document: EvidenceDocument;
  readonly files: WrittenEvidence;
  /** The health report that an executed drill ends with; null after a dry run. */
  readonly health: DrillHealth | null;
}

/**
 * One drill from the operator's side: config of the stack to be promoted, preview or `up`, evidence, and after an
 * executed drill both declarations follow the fact. Evidence is written also when the drill failed.
 * @throws UserError when there is nothing to drill, the signing key cannot be used, or the engine ended without
 * evidence of this drill
 */
export async function runFailover(options: FailoverOptions, watch: FailoverWatch = {}): Promise<FailoverOutcome> {
  const { environment, signal } = options;
  const execute = options.drill.mode === "execute";
  refuseWithoutPair(environment, options.to);
  const signingKey = await readSigningKey(environment);
  watch.phase?.("reading both hosts");
  const pair = await openStacks(environment);
  const [before, begun, readings] = await Promise.all([
    observeDeclared(pair, environment),
    execute ? begunBefore(pair, options.drill) : undefined,
    readStates(pair, environment),
  ]);
  watch.topology?.("before", before);
  if (execute) refuseUnsettled(readings);
  refuseChangedWays(readings);
  const { from, to } = begun ?? chooseDirection(pair, before, options.to);
  if (begun) watch.phase?.(`stack ${to.host.stack} was asked for drill ${begun.drill.id} before: it is taken up again`);
  const drill = begun?.drill ?? {
    ...options.drill,
    pending_changes: await pendingOf(readings, before, options, watch),
    ...(await basisOrNot(pair, options, watch)),
  };

  const evidence = execute
    ? await executeDrill({ from, to, drill, environment, signal }, watch)
    : await previewDrill(to, drill, options, watch);
  if (evidence.document.drill.id !== drill.id) {
    throw new UserError(
      `the stack's evidence is of drill ${evidence.document.drill.id}, not ${drill.id}: nothing was recorded of this one`,
      "understudy status",
    );
  }
  const files = await writeEvidence(options.outputFile, evidence.document, signingKey);
  await keepEvidence(options.outputFile, evidence.document, signingKey).catch((error: unknown) =>
    watch.phase?.(`no copy of the evidence was kept for the history: ${messageOf(error)}`),
  );
  const health = execute ? await endDrill({ from, to, document: evidence.document, pair }, options, watch) : null;
  return { document: evidence.document, files, health };
}

/** Both states, and what each stack declares now. @throws Error when a state or a config cannot be read */
function readStates(pair: PairStacks, environment: Environment): Promise<readonly StackReading[]> {
  return Promise.all(
    pair.stacks.map(async (one, at) => {
      const own = at === 0 ? pair.credentials : credentialsOf(one);
      const [state, credentials] = await Promise.all([exportState(one.stack, "shown"), own]);
      return { one, state, declared: { environment, self: one.host, credentials } };
    }),
  );
}

/** What a plain `up` would change. Nobody waits for a preview of a host that does not answer: the states tell what they know. */
function pendingOf(
  readings: readonly StackReading[],
  before: Topology,
  { drill, signal }: FailoverOptions,
  watch: FailoverWatch,
): Promise<PendingChanges> | PendingChanges {
  const silent = readings.some(({ one }) => observedRole(before, one.host.name) === undefined);
  if (drill.kind === "unplanned" || silent) return pendingByState(readings);
  return pendingByPreview(readings, (words) => watch.phase?.(words), signal);
}

/** What is rehearsed; evidence that cannot say it is no less evidence. */
async function basisOrNot(
  { stacks }: PairStacks,
  { environment, environmentFile }: FailoverOptions,
  watch: FailoverWatch,
): Promise<Pick<DrillConfig, "basis">> {
  if (environmentFile === undefined) return {};
  try {
    return { basis: await readBasis(environment, environmentFile, stacks) };
  } catch (error) {
    watch.phase?.(`the evidence will not say what was rehearsed: ${messageOf(error)}`);
    return {};
  }
}

/** What the environment file alone rules out, before any stack is opened. */
function refuseWithoutPair(environment: Environment, wanted: string | undefined): void {
  const names = Object.keys(environment.hosts);
  if (names.length < 2) {
    throw new UserError(
      `the environment has one host, ${names[0] ?? ""}: there is no standby to take over`,
      "add a second host to the environment file",
      3,
    );
  }
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UserError(
      `unknown host "${wanted}": the environment has ${names.join(", ")}`,
      `understudy failover --to ${names.at(-1) ?? ""}`,
      2,
    );
  }
}

/**
 * The direction of a drill that the config of one stack asks for already, on the same terms: its run was interrupted. What
 * it saw waiting for an `up` is a part of what its steps have recorded, so the drill is the one that was written down.
 */
async function begunBefore(
  { stacks }: PairStacks,
  drill: DrillConfig,
): Promise<{ from: HostStack; to: HostStack; drill: DrillConfig } | undefined> {
  for (const to of stacks) {
    const asked = askedDrill(await readStackConfig(to));
    const from = stacks.find((one) => one !== to);
    if (asked === undefined || from === undefined) continue;
    const { pending_changes, basis } = asked;
    const seen = { ...(pending_changes && { pending_changes }), ...(basis && { basis }) };
    if (isDeepStrictEqual(asked, { ...drill, ...seen })) return { from, to, drill: asked };
  }
  return undefined;
}

/** @throws UserError, exit code 3, when an interrupted engine has left operations in a stack's state */
function refuseUnsettled(readings: readonly StackReading[]): void {
  const found = readings.flatMap(({ one, state }) => explainPendingOperations(one.stack.name, pendingIn(state)));
  if (found.length > 0)
    throw new UserError(found.join("; "), "understudy settle --execute, then this command again", 3);
}

function chooseDirection(
  { stacks }: PairStacks,
  before: Topology,
  wanted: string | undefined,
): { from: HostStack; to: HostStack } {
  const names = stacks.map((one) => one.host.name);
  const standby = names.filter((name) => observedRole(before, name) === "standby");
  const target = wanted ?? standby[0];
  if (target === undefined) {
    const alone = names.find((name) => observedRole(before, name) === "primary");
    const lost = alone === undefined ? undefined : names.find((name) => name !== alone);
    throw new UserError(
      `neither ${names.join(" nor ")} is seen to be a standby`,
      lost === undefined ? "understudy status" : `understudy rejoin ${lost}, once it is back`,
      3,
    );
  }
  const to = stacks.find((one) => one.host.name === target);
  const from = stacks.find((one) => one.host.name !== target);
  if (!to || !from) throw new Error(`${names.join(" and ")} are no pair with ${target}`);
  if (observedRole(before, target) === "primary") {
    throw new UserError(`${target} is primary already`, `understudy failover --to ${from.host.name}`, 3);
  }
  return { from, to };
}

/** A dry run leaves nothing behind, not even a declaration: the drill is asked for in a copy of the stack's config. */
async function previewDrill(
  to: HostStack,
  drill: DrillConfig,
  { signal }: FailoverOptions,
  watch: FailoverWatch,
): Promise<StackEvidence> {
  const folder = await mkdtemp(path.join(tmpdir(), "understudy-"));
  const configFile = path.join(folder, "stack.yaml");
  const engine = watchEngine();
  try {
    await writeFile(configFile, withDrill(await readStackConfig(to), drill), { mode: 0o600 });
    watch.phase?.(`pulumi -s ${to.host.stack} preview: nothing is changed`);
    const failure = await to.stack
      .preview({ onEvent: engine.onEvent, configFile, target: [DRILL_TARGET], ...(signal && { signal }) })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    return evidenceOrThrow(engine.evidence(), engine.complaints(), failure, to);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function evidenceOrThrow(
  evidence: StackEvidence | undefined,
  complaints: readonly string[],
  failure: unknown,
  { host }: HostStack,
): StackEvidence {
  if (evidence !== undefined) return evidence;
  const why = complaints[0] ?? (failure === undefined ? "the stack has no output evidence" : firstComplaint(failure));
  throw new UserError(`stack ${host.stack} ended without evidence: ${why}`, `pulumi -s ${host.stack} preview`);
}
