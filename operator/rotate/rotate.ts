import { randomBytes } from "node:crypto";
import { takeDrillLock } from "../../drills/hosts/drill-lock";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { openSql } from "../../drills/hosts/sessions";
import { observedRole } from "../../evidence/observed-role";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import { declaredRoles, observeDeclared } from "../failover/declared-topology";
import { openStacks, type HostStack, type PairStacks } from "../failover/pair-stacks";
import { previewed } from "../failover/pending-changes";
import { checkStacks } from "../lifecycle/check-stacks";
import { carryOut } from "./carry-out";
import { readSecret, withValue, type SeenSecret } from "./facts";
import { planRotation, stepWords, type HostFacts, type RotationPlan, type RotationStep } from "./plan";
import { hasClients, keyOfRotated, ROTATED, type Rotated } from "./secrets";
import type { Values } from "./values";

/** What `understudy rotate` is asked for. */
export interface RotateOptions {
  readonly name: Rotated;
  readonly environment: Environment;
  /** Where the environment was read from: each stack must declare the same file. */
  readonly environmentFile: string;
  readonly execute: boolean;
  /** Nobody needs the former one any more. */
  readonly dropOld: boolean;
  /** The operator's own new value; one is made where there is none. */
  readonly given?: string | undefined;
}

/** A step that was done. */
export interface DoneStep {
  readonly words: string;
  readonly at: string;
  readonly tookMs: number;
}

/** What the verb did, or would do. No secret and no digest is in it. */
export interface RotationOutcome {
  readonly mode: "dry-run" | "execute";
  readonly environment: string;
  readonly name: Rotated;
  /** The key of the stacks' config. */
  readonly key: string;
  /** Whether it had begun before. */
  readonly underWay: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly done: readonly DoneStep[];
  /** What is left, in order. */
  readonly left: readonly string[];
  /** What follows once the former one may be dropped. */
  readonly later: readonly string[];
  /** What each host has and takes, before and afterwards. */
  readonly before: readonly HostFacts[];
  readonly after: readonly HostFacts[];
  /** Why a step was not done; null when none failed. */
  readonly failure: string | null;
  readonly next: string | null;
}

/**
 * Exchanges one secret of a running pair, or says which steps are left. It goes on from what is there, whatever a run before
 * has done.
 * @throws UserError, exit code 3, before anything is changed, when the pair is not in order, waits for an `up`, or has a
 * value that is neither
 */
export async function rotateSecret(options: RotateOptions, phase: (words: string) => void): Promise<RotationOutcome> {
  const { name, environment, environmentFile, execute, dropOld } = options;
  const startedAt = new Date().toISOString();
  phase("reading the stacks, the files of both hosts and their servers");
  const pair = await openStacks(environment);
  await checkStacks(pair.stacks, environmentFile);
  const roles = await playedRoles(pair, environment);
  const look = (known?: Values): Promise<SeenSecret> =>
    readSecret({ name, environment, stacks: pair.stacks, roles, given: options.given, known });
  const seen = await look();
  const plan = planned(seen.hosts, hasClients(name) && !dropOld);
  // Where the config alone was changed nobody lets our own sessions in before both are written down.
  if (!plan.underWay) await refusePending(pair.stacks, phase);
  const again = `understudy rotate ${name} --env-config ${environmentFile}${dropOld ? " --drop-old" : ""} --execute`;
  const common = {
    ...{ environment: environment.name, name, key: keyOfRotated(name), underWay: plan.underWay, startedAt },
    before: seen.hosts,
  };
  const words = (steps: readonly RotationStep[]): readonly string[] => steps.map(stepWords);
  if (!execute) {
    const next = plan.steps.length > 0 ? again : nextLater(name, plan, environmentFile);
    const rest = { left: words(plan.steps), later: words(plan.later), after: seen.hosts, failure: null, next };
    return { ...common, mode: "dry-run", endedAt: new Date().toISOString(), done: [], ...rest };
  }
  const values = { ...seen.values, fresh: seen.values.fresh ?? randomBytes(24).toString("base64url") };
  const { done, failure } = await execution({ plan, values, pair, options, look, roles, phase });
  const after = await look(values).then(
    ({ hosts }) => hosts,
    () => [],
  );
  return {
    ...{ ...common, mode: "execute", endedAt: new Date().toISOString(), done, after, failure },
    ...{ left: words(plan.steps.slice(done.length)), later: words(plan.later) },
    next: failure === null ? nextLater(name, plan, environmentFile) : again,
  };
}

/** What every host plays, which is what it is declared to. @throws UserError, exit code 3 */
async function playedRoles(pair: PairStacks, environment: Environment): Promise<Readonly<Record<string, Role>>> {
  const [declared, topology] = await Promise.all([declaredRoles(pair.stacks), observeDeclared(pair, environment)]);
  for (const [host, role] of Object.entries(declared)) {
    const played = observedRole(topology, host);
    // Where nobody is let in, the files and the servers' own catalogues tell.
    if (played !== undefined && played !== role)
      throw new UserError(`${host} is declared ${role} and is ${played}`, "understudy settle --execute", 3);
  }
  return declared;
}

function planned(hosts: readonly HostFacts[], keepsOld: boolean): RotationPlan {
  const plan = planRotation({ hosts, keepsOld });
  if ("refused" in plan) throw new UserError(`${plan.refused}; nothing was changed`, "understudy doctor", 3);
  return plan;
}

/** The files are given by an `up`, which would do whatever else is waiting for one. @throws UserError, exit code 3 */
async function refusePending(stacks: readonly HostStack[], phase: (words: string) => void): Promise<void> {
  phase("looking for changes that wait for an up");
  const all = await Promise.all(stacks.map((one) => previewed(one, undefined)));
  const others = all.flat().filter(({ resource, change }) => change !== "update" || !resource.endsWith("-files"));
  if (others.length === 0) return;
  const words = others.map(({ host, resource, change }) => `${change} ${resource} on ${host}`).join(", ");
  throw new UserError(
    `other changes wait for an up, and would be made with this one: ${words}`,
    "understudy up --execute",
    3,
  );
}

interface Execution {
  readonly plan: RotationPlan;
  readonly values: { readonly old: string | null; readonly fresh: string };
  readonly pair: PairStacks;
  readonly options: RotateOptions;
  readonly look: (known?: Values) => Promise<SeenSecret>;
  readonly roles: Readonly<Record<string, Role>>;
  readonly phase: (words: string) => void;
}

async function execution(all: Execution): Promise<{ done: readonly DoneStep[]; failure: string | null }> {
  const { plan, values, pair, options, look, phase } = all;
  const { name } = options;
  const credentials = withValue(pair.credentials, name, values.fresh);
  const seenOn = async (host: string): Promise<HostFacts> => {
    const facts = (await look(values)).hosts.find((one) => one.host === host);
    if (facts === undefined) throw new Error(`nothing is seen of ${host}`);
    return facts;
  };
  const work = { ...{ name, stacks: pair.stacks, ...values, credentials, phase }, look: seenOn };
  const lock = await takeLock(all, credentials);
  const done: DoneStep[] = [];
  let asked = !plan.underWay;
  try {
    for (const step of plan.steps) {
      const [began, at] = [performance.now(), new Date().toISOString()];
      phase(stepWords(step));
      try {
        if (step.kind === "files" && !asked) await refusePending(pair.stacks, phase);
        asked ||= step.kind === "files";
        await carryOut(step, work);
      } catch (error) {
        return { done, failure: `${stepWords(step)}: ${messageOf(error)}` };
      }
      done.push({ words: stepWords(step), at, tookMs: Math.round(performance.now() - began) });
    }
    return { done, failure: null };
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/** No drill begins meanwhile, and none is under way. @throws UserError, exit code 3 */
async function takeLock(
  { pair, roles, options: { environment, name }, values: { old } }: Execution,
  credentials: Credentials,
): Promise<PostgresSession> {
  const primary = pair.stacks.find(({ host }) => roles[host.name] === "primary")?.host;
  if (primary === undefined) throw new UserError("no stack declares a primary", "understudy status", 3);
  const before = { ...pair.credentials.before, ...(old !== null && { [ROTATED[name].credential]: old }) };
  const sql = await openSql(primary, environment, { ...credentials, before });
  try {
    await takeDrillLock({ host: primary, sql });
    return sql;
  } catch (error) {
    await sql.end().catch(() => undefined);
    throw new UserError(messageOf(error), "understudy status", 3);
  }
}

/** What follows a run that did all of its steps. */
function nextLater(name: Rotated, { later }: RotationPlan, file: string): string | null {
  return later.length === 0
    ? null
    : `once every client has the new one (pulumi -s primary config get understudy:${keyOfRotated(name)}): understudy rotate ${name} --env-config ${file} --drop-old --execute`;
}
