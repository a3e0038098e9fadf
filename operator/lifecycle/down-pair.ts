import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { changesInWords, primaryFirst, type ResourceChanges } from "../failover/bring-up";
import { declaredRoles, observeDeclared } from "../failover/declared-topology";
import { watchEngine } from "../failover/engine-events";
import type { FailoverWatch } from "../failover/failover";
import { firstComplaint, type HostStack, openStacks } from "../failover/pair-stacks";
import { readStackConfig, withoutDrill, writeStackConfig } from "../failover/stack-config";
import { exportState, importState } from "../failover/stack-state";
import { checkStacks } from "./check-stacks";
import { forgetIdentity, noteIdentity } from "./identity";
import { containersInState } from "./ownership";
import { dataVolumes, removeVolumes, unprotected } from "./data-volumes";
import type { LifecycleOutcome, StackOutcome } from "./up-pair";
import type { Environment } from "../../settings/environment";
import { hostWord } from "../../settings/host-word";
import { LABELS } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { UserError } from "../../settings/user-error";

const KILL_MS = 30_000;

/**
 * Ends the containers of a stack on its host at once, without time to write anything out: for data that go for good anyway.
 * Tempo alone sleeps half a minute when it is asked to stop. The engine starts none of them again.
 * @param known the names of the containers in the stack's state: others of the same labels are another folder's
 * @throws Error of the engine
 */
export async function killContainers(environment: string, host: NamedHost, known: readonly string[]): Promise<void> {
  const engine = connectEngine(host);
  try {
    const label = [`${LABELS.environment}=${environment}`, `${LABELS.host}=${host.name}`];
    const running = await engine.docker.listContainers({ filters: { label } });
    const own = running.filter(({ Names: names }) => names.some((one) => known.includes(one.replace(/^\//, ""))));
    const kills = own.map(({ Id }) => engine.docker.getContainer(Id).kill());
    await bounded(`${host.name}: kill ${kills.length} containers`, KILL_MS, Promise.allSettled(kills));
  } finally {
    engine.close();
  }
}

/** What `understudy down` is asked to do. */
export interface DownOptions {
  readonly environment: Environment;
  /** Where the environment was read from: each stack must declare the same file. */
  readonly environmentFile: string;
  readonly execute: boolean;
  /** The operator's words: `ENVIRONMENT/HOST` of every host, in the order of the file; undefined keeps the data. */
  readonly removeData: string | undefined;
}

/**
 * Removes the containers of every host, the declared primary's first so that its last writes still reach the standby. The
 * data volumes stay, on the hosts and in the state, so that the next `up` finds them; they go only on the operator's words.
 * A drill in a stack's config goes with the containers: nothing is left that it could be about.
 * @throws UserError with exit code 3 when the words do not name every host, 2 when the stacks are another environment's
 */
export async function downPair(options: DownOptions, watch: FailoverWatch): Promise<LifecycleOutcome> {
  const { environment, environmentFile, execute, removeData } = options;
  const refusal = otherWords(environment, environmentFile, removeData);
  if (refusal !== undefined) throw refusal;
  watch.phase?.("reading the stacks and every host");
  const pair = await openStacks(environment);
  await checkStacks(pair.stacks, environmentFile);
  const before = await observeDeclared(pair, environment);
  watch.topology?.("before", before);
  if (execute && removeData === undefined) await noteIdentity(pair, environment, before);
  const stacks: StackOutcome[] = [];
  for (const one of primaryFirst(pair.stacks, await declaredRoles(pair.stacks))) {
    stacks.push(await stackDown(one, { environment, execute, remove: removeData !== undefined }, watch));
  }
  const good = stacks.every((one) => one.failure === null);
  if (execute && removeData !== undefined && good) await forgetIdentity(pair.stacks);
  const failed = stacks.find((one) => one.failure !== null);
  const words = removeData === undefined ? "" : ` --remove-data "${removeData}"`;
  const next = good ? `understudy down --env-config ${environmentFile}${words} --execute` : `understudy doctor`;
  return {
    mode: execute ? "execute" : "dry-run",
    environment: environment.name,
    stacks,
    before,
    after: null,
    good,
    next: execute && failed === undefined ? null : next,
  };
}

/** Why these words do not remove the data of every host of this environment; undefined when they do, or there are none. Pure. */
export function otherWords(environment: Environment, file: string, words: string | undefined): UserError | undefined {
  const wanted = Object.keys(environment.hosts)
    .map((host) => hostWord(environment, host))
    .join(" ");
  if (words === undefined || words.trim().split(/\s+/).join(" ") === wanted) return undefined;
  return new UserError(
    `--remove-data must name the environment and every host whose data it removes for good: "${wanted}", not ${JSON.stringify(words)}`,
    `understudy down --env-config ${file} --remove-data "${wanted}"`,
    3,
  );
}

async function stackDown(
  one: HostStack,
  { environment, execute, remove }: { environment: Environment; execute: boolean; remove: boolean },
  watch: FailoverWatch,
): Promise<StackOutcome> {
  const { host, stack } = one;
  const engine = watchEngine();
  let volumes: readonly string[] = [];
  try {
    const state = await exportState(stack);
    volumes = dataVolumes(state);
    if (execute && remove) await killContainers(environment.name, host, containersInState(state));
    const options = { onEvent: engine.onEvent, excludeProtected: true };
    watch.phase?.(
      `pulumi -s ${host.stack} destroy${execute ? "" : " --preview-only: nothing is changed"}: ${host.name}`,
    );
    const changes: ResourceChanges = execute
      ? ((await stack.destroy(options)).summary.resourceChanges ?? {})
      : (await stack.previewDestroy(options)).changeSummary;
    watch.phase?.(`pulumi -s ${host.stack} destroy: ${changesInWords(changes)}`);
    if (execute) {
      const config = await readStackConfig(one);
      await writeStackConfig(config.file, withoutDrill(config));
      if (remove) await removeData(one, volumes, watch);
    }
    return { host: host.name, stack: host.stack, changes, volumes, failure: null };
  } catch (error) {
    const failure = engine.complaints()[0] ?? firstComplaint(error);
    return { host: host.name, stack: host.stack, changes: {}, volumes, failure };
  }
}

/** Takes the protection from the volumes in the state, lets the state forget them, and removes them on the host. */
async function removeData({ host, stack }: HostStack, volumes: readonly string[], watch: FailoverWatch): Promise<void> {
  watch.phase?.(`${host.name}: removing ${volumes.join(", ")}`);
  await importState(stack, unprotected(await exportState(stack)));
  await stack.destroy();
  await removeVolumes(host, volumes);
}
