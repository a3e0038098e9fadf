import { pollUntil } from "../../drills/hosts/bounded";
import { bringOwnRoles } from "../../drills/bootstrap/accounts";
import { observePair } from "../../drills/hosts/observe";
import type { Topology } from "../../evidence/document";
import { observedRole } from "../../evidence/observed-role";
import { previewWithout, readObstacles } from "../failover/before-up";
import { type ContainerTrouble, readOtherContainers, troubleWords } from "../health/other-containers";
import { primaryFirst, type ResourceChanges, upStack } from "../failover/bring-up";
import { declaredRoles, observeDeclared } from "../failover/declared-topology";
import { watchEngine } from "../failover/engine-events";
import type { FailoverWatch } from "../failover/failover";
import { firstComplaint, type HostStack, openStacks, type PairStacks } from "../failover/pair-stacks";
import { checkListening } from "./check-listening";
import { checkStacks } from "./check-stacks";
import {
  makeApplications,
  previewApplications,
  wantedApplications,
  type ApplicationsOutcome,
} from "./declared-applications";
import { stillPlain, untilAskedThroughFront, withRound } from "./finish-fronts";
import { beginAnew, notedIdentity, noteIdentity, readHostData, refuseLostData, refuseOtherCluster } from "./identity";
import { readHoldings, refuseOthers } from "./ownership";
import { readDeclarations } from "./read-declarations";
import { refusalOfChanges } from "./refuse-changes";
import { unfitImages } from "./refuse-image";
import { refusalOf } from "./refuse-up";
import { unacceptableChanges } from "./running-pair";
import { applySettings, lowerOnPrimary, type SettingsOutcome } from "../settings/apply-settings";
import { planSettings, RESTART_PRIMARY } from "../settings/plan-up";
import { tellHosts } from "../tell/tell-hosts";
import type { Environment } from "../../settings/environment";
import { hostOfWord, hostWord } from "../../settings/host-word";
import type { Role } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";

/** What an `up` or a `down` did to one host's stack, or would do. */
export interface StackOutcome {
  readonly host: string;
  readonly stack: string;
  readonly changes: ResourceChanges;
  /** Data volumes by name: what becomes of them is said by the verb. */
  readonly volumes: readonly string[];
  /** Why it did not come about; null when it did. */
  readonly failure: string | null;
}

/** What an `up` or a `down` of all stacks did, or would do. */
export interface LifecycleOutcome {
  readonly mode: "dry-run" | "execute";
  readonly environment: string;
  readonly stacks: readonly StackOutcome[];
  readonly before: Topology;
  /** Null in a dry run, which changes nothing. */
  readonly after: Topology | null;
  /** What was made for the declared applications, or would be; absent where none are declared. */
  readonly applications?: ApplicationsOutcome | undefined;
  /** What was set anew on the servers, or would be; absent after a `down`. */
  readonly settings?: SettingsOutcome | undefined;
  /** Everything went well and, after an executed `up`, every host plays the role it is declared to play. */
  readonly good: boolean;
  /** What to do now, as a command; null when there is nothing. */
  readonly next: string | null;
}

/** How long the roles may take after the last engine run: a former primary is held until its standby answers. */
const SETTLE = { deadlineMs: 120_000, pauseMs: 500 };

/** A container that was told to read its password anew ends for it, and is started again. */
const STEADY = { deadlineMs: 15_000, pauseMs: 1000 };

async function lastingTroubles(environment: Environment): Promise<readonly ContainerTrouble[]> {
  return (
    await pollUntil(
      () => readOtherContainers(environment),
      (found) => found.length === 0,
      STEADY,
    )
  ).reading;
}

/** What `understudy up` is asked to do. */
export interface UpOptions {
  readonly environment: Environment;
  /** Where the environment was read from: each stack must declare the same file. */
  readonly environmentFile: string;
  readonly execute: boolean;
  /** Folder of the evidence, of which the agents are told. */
  readonly resultsDir: string;
  /** The operator's word, `ENVIRONMENT/HOST`: the declared primary that may begin with empty data where it has lost them. */
  readonly beginAnew?: string | undefined;
  /** The operator's words, `ENVIRONMENT/HOST` of every host whose data become this pair's although its stacks do not know them. */
  readonly takeOverData?: string | undefined;
  /** The operator's word that a primary may be started anew in place, for settings that are read at a start alone. */
  readonly restartPrimary?: boolean | undefined;
}

/**
 * Both stacks up, the declared primary's first; a preview of both unless told to execute. After the engine runs it waits
 * until every host plays the role it is declared to play. It never moves a role.
 * @throws UserError with exit code 3 when a declaration contradicts the stores or asks for a drill, a running pair cannot
 * take what was changed, a host cannot listen where it is declared to, the primary lacks data that the pair has had, or must be
 * started anew without the word for it; 2 when the stacks are another environment's, or a server would not start as it is set
 */
export async function upPair(options: UpOptions, watch: FailoverWatch): Promise<LifecycleOutcome> {
  const { environment, environmentFile, execute } = options;
  watch.phase?.("reading the stacks and every host");
  const pair = await openStacks(environment);
  await checkStacks(pair.stacks, environmentFile);
  const wanted = await wantedApplications(environment, pair.stacks);
  const holdings = await readHoldings(pair.stacks);
  const others = refuseOthers(environment, holdings, await notedIdentity(pair.stacks), options.takeOverData);
  if (others !== undefined) throw others;
  // Before a container is replaced, and before its boot guard would wait for a peer that it cannot log in to.
  const changes = refusalOfChanges(await unacceptableChanges(pair.stacks, environment, environmentFile));
  if (changes !== undefined) throw changes;
  await checkListening(pair.stacks, (words) => watch.phase?.(words));
  const before = await observeDeclared(pair, environment);
  watch.topology?.("before", before);
  const refusal = refusalOf(await readDeclarations(pair.stacks), before);
  if (refusal !== undefined) throw refusal;
  const declared = await declaredRoles(pair.stacks);
  const emptied = hostToEmpty(options, declared);
  const lost =
    refuseLostData(environment, await readHostData(pair.stacks, declared), await notedIdentity(pair.stacks), emptied) ??
    (emptied === undefined ? refuseOtherCluster(before) : undefined);
  if (lost !== undefined) throw lost;
  // A host that is emptied has no data that an image would have to read.
  if (emptied === undefined) {
    const check = { fetch: execute, phase: (words: string) => watch.phase?.(words), file: environmentFile };
    const unfit = refusalOfChanges(await unfitImages(pair.stacks, environment, check));
    if (unfit !== undefined) throw unfit;
  }
  const planned = await previewApplications(environment, wanted, environmentFile);
  const restartPrimary = options.restartPrimary === true;
  const plan = await planSettings(environment, environmentFile, { execute, restartPrimary });
  if (execute && emptied !== undefined) await beginAnew(emptied, pair, environment, (words) => watch.phase?.(words));

  const stacks: StackOutcome[] = [];
  const lowered: string[] = [];
  for (const one of primaryFirst(pair.stacks, declared)) {
    const outcome = await stackOutcome(one, execute ? upStack : previewStack, watch);
    stacks.push(outcome);
    if (outcome.failure !== null) break;
    if (execute && stacks.length === 1 && plan.lowered.length > 0)
      lowered.push(await lowerOnPrimary(environment, plan, (words) => watch.phase?.(words)));
  }
  if (execute && stacks.every((one) => one.failure === null)) {
    for (const more of await closeFronts(pair.stacks, declared, environment, watch))
      stacks.splice(0, stacks.length, ...withRound(stacks, more));
  }
  const allUp = stacks.every((one) => one.failure === null);
  const common = { mode: execute ? "execute" : "dry-run", environment: environment.name, stacks, before } as const;
  if (!execute) {
    const word = plan.lowered.length > 0 ? ` ${RESTART_PRIMARY}` : "";
    const next = allUp ? `understudy up --env-config ${environmentFile} --execute${word}` : previewNext(stacks);
    const settings = { done: plan.words, notes: [], failure: null };
    return { ...common, after: null, applications: planned, settings, good: allUp, next };
  }
  if (allUp) watch.phase?.("waiting until every host plays its declared role");
  const { topology: after, reached } = await settledTopology(pair, environment, allUp);
  // Data may be from before there were roles of ours, such as restored ones, whatever the stacks' states say.
  const hosts = pair.stacks.map((one) => one.host);
  const roles = reached
    ? await bringOwnRoles(hosts, pair.credentials, { doors: environment.clients !== undefined }).then(
        () => undefined,
        (error: unknown) => messageOf(error),
      )
    : undefined;
  if (roles !== undefined) watch.phase?.(`the roles of our own sessions: ${roles}`);
  const applications = reached && roles === undefined ? await makeApplications(environment, wanted) : undefined;
  const applied = reached
    ? await applySettings(environment, plan, restartPrimary, (words) => watch.phase?.(words))
    : undefined;
  const settings = applied && { ...applied, done: [...lowered, ...applied.done] };
  watch.topology?.("after", after);
  await noteIdentity(pair, environment, after);
  const places = { environment, environmentFile, stacks: pair.stacks, resultsDir: options.resultsDir };
  await tellHosts(places, (words) => watch.phase?.(words));
  const troubles = reached ? await lastingTroubles(environment) : [];
  for (const one of troubles) watch.phase?.(`${troubleWords(one)}; next: ${one.next}`);
  const made = wanted === undefined || applications?.failure === null;
  const good = allUp && reached && roles === undefined && made && settings?.failure === null && troubles.length === 0;
  return {
    ...common,
    after,
    applications,
    settings,
    good,
    next: good ? null : allUp ? "understudy status" : previewNext(stacks),
  };
}

/** @throws UserError, exit code 3, when the word is not the declared primary's */
function hostToEmpty(
  { environment, environmentFile, beginAnew: word }: UpOptions,
  declared: Readonly<Record<string, Role>>,
): string | undefined {
  if (word === undefined) return undefined;
  const asWords = (one: string): string =>
    `understudy up --env-config ${environmentFile} --begin-anew ${one} --execute`;
  const host = hostOfWord(environment, word, asWords);
  if (declared[host] === "primary") return host;
  const primary = Object.keys(declared).find((one) => declared[one] === "primary");
  throw new UserError(
    `--begin-anew names the declared primary, ${primary ?? "which no stack declares"}, not ${host}`,
    primary === undefined ? "understudy status" : asWords(hostWord(environment, primary)),
    3,
  );
}

/**
 * The second round of a pair that has just got certificates: the first one gave each host a front, and has the other host
 * ask through it, so plain HTTP can end. No store is touched by it.
 */
async function closeFronts(
  stacks: readonly HostStack[],
  declared: Readonly<Record<string, Role>>,
  environment: Environment,
  watch: FailoverWatch,
): Promise<readonly StackOutcome[]> {
  const plain = await stillPlain(stacks, environment);
  if (plain.length === 0) return [];
  watch.phase?.("each host has its front: once more, so that plain HTTP between the hosts ends");
  const outcomes: StackOutcome[] = [];
  for (const one of primaryFirst(plain, declared)) {
    await untilAskedThroughFront(one.host.name, environment);
    outcomes.push(await stackOutcome(one, upStack, watch));
  }
  const left = await stillPlain(stacks, environment);
  for (const { host } of left)
    watch.phase?.(`${host.name} still speaks plain HTTP to the other host; next: understudy doctor`);
  return outcomes;
}

type EngineRun = (one: HostStack, phase: (words: string) => void) => Promise<ResourceChanges>;

async function stackOutcome(one: HostStack, run: EngineRun, watch: FailoverWatch): Promise<StackOutcome> {
  const names = { host: one.host.name, stack: one.host.stack, volumes: [] };
  try {
    return { ...names, changes: await run(one, (words) => watch.phase?.(words)), failure: null };
  } catch (error) {
    return { ...names, changes: {}, failure: messageOf(error) };
  }
}

async function previewStack(one: HostStack, phase: (words: string) => void): Promise<ResourceChanges> {
  phase(`pulumi -s ${one.host.stack} preview: nothing is changed`);
  const engine = watchEngine();
  try {
    return await previewWithout(one, await readObstacles(one), engine.onEvent, phase);
  } catch (error) {
    throw new Error(engine.complaints()[0] ?? firstComplaint(error), { cause: error });
  }
}

function previewNext(stacks: readonly StackOutcome[]): string {
  const failed = stacks.find((one) => one.failure !== null);
  const named = /understudy rejoin [\w.-]+/.exec(failed?.failure ?? "")?.[0];
  if (named !== undefined) return named;
  return failed === undefined ? "understudy status" : `understudy doctor; then pulumi -s ${failed.stack} preview`;
}

async function settledTopology(
  { stacks, credentials }: PairStacks,
  environment: Environment,
  wait: boolean,
): Promise<{ topology: Topology; reached: boolean }> {
  const hosts = stacks.map((one) => one.host);
  const declared = await declaredRoles(stacks);
  const { reading, reached } = await pollUntil(
    () => observePair(hosts, environment, credentials, declared),
    (topology) => !wait || hosts.every((host) => observedRole(topology, host.name) === declared[host.name]),
    SETTLE,
  );
  return { topology: reading, reached };
}
