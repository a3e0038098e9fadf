import { randomBytes } from "node:crypto";
import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import { openStacks, type PairStacks } from "../failover/pair-stacks";
import { checkStacks } from "../lifecycle/check-stacks";
import { playedRoles, refusePending, takeLock } from "./before-steps";
import { carryOut } from "./carry-out";
import type { RotatedSecret, SeenSecret } from "./rotated-secret";
import { planRotation, stepWords, type Has, type HostFacts, type RotationPlan, type RotationStep } from "./plan";
import { runSteps, type DoneStep, type Ran } from "./run-steps";
import type { Values } from "./values";

/** What `understudy rotate` is asked for. */
export interface RotateOptions {
  readonly secret: RotatedSecret;
  readonly environment: Environment;
  /** Where the environment was read from: each stack must declare the same file. */
  readonly environmentFile: string;
  readonly execute: boolean;
  /** Nobody needs the former one any more. */
  readonly dropOld: boolean;
  /** The operator's own new value; one is made where there is none. */
  readonly given?: string | undefined;
}

/** A host as the evidence has it: of a password `HostFacts`, of certificates `CertificateFacts`. No value is in it. */
export interface SeenHost {
  readonly host: string;
  readonly role: Role;
  readonly files: Has | null;
  /** Whom its files believe, where certificates are exchanged. */
  readonly trust?: Has | "more";
  readonly postgres: Has | null;
  readonly redis: Has | null;
  readonly grafana?: Has | null;
  readonly repository?: Has | null;
}

/** What the verb did, or would do. No secret and no digest is in it. */
export interface RotationOutcome {
  readonly mode: "dry-run" | "execute";
  readonly environment: string;
  /** What follows `understudy rotate`. */
  readonly name: string;
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
  readonly before: readonly SeenHost[];
  readonly after: readonly SeenHost[];
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
  const { secret, environment, environmentFile, execute, dropOld } = options;
  const startedAt = new Date().toISOString();
  phase("reading the stacks, the files of both hosts and their servers");
  const pair = await openStacks(environment);
  await checkStacks(pair.stacks, environmentFile);
  const roles = await playedRoles(pair, environment);
  const look = (known?: Values): Promise<SeenSecret> =>
    secret.read({ environment, ...pair, roles, given: options.given, known });
  const seen = await look();
  const plan = planned(seen.hosts, secret.keepsOld && !dropOld);
  // Where the config alone was changed nobody lets our own sessions in before both are written down.
  if (!plan.underWay) await refusePending(pair.stacks, phase);
  const again = `understudy rotate ${secret.word} --env-config ${environmentFile}${dropOld ? " --drop-old" : ""} --execute`;
  const common = {
    ...{ environment: environment.name, name: secret.word, key: secret.key, underWay: plan.underWay, startedAt },
    before: seen.hosts,
  };
  const words = (steps: readonly RotationStep[]): readonly string[] => steps.map(stepWords);
  if (!execute) {
    const next = plan.steps.length > 0 ? again : nextLater(secret, plan, environmentFile);
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
    next: failure === null ? nextLater(secret, plan, environmentFile) : again,
  };
}

function planned(hosts: readonly HostFacts[], keepsOld: boolean): RotationPlan {
  const plan = planRotation({ hosts, keepsOld });
  if ("refused" in plan) throw new UserError(`${plan.refused}; nothing was changed`, "understudy doctor", 3);
  return plan;
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

async function execution({ plan, values, pair, options, look, roles, phase }: Execution): Promise<Ran> {
  const { secret, environment } = options;
  const seenOn = async (host: string): Promise<HostFacts> => {
    const facts = (await look(values)).hosts.find((one) => one.host === host);
    if (facts === undefined) throw new Error(`nothing is seen of ${host}`);
    return facts;
  };
  const work = { secret, environment, ...pair, ...values, phase, look: seenOn };
  const lock = await takeLock(pair.stacks, roles, environment, secret.sessions(pair.credentials, values));
  let asked = !plan.underWay;
  try {
    return await runSteps(plan.steps, stepWords, phase, async (step) => {
      if (step.kind === "files" && !asked) await refusePending(pair.stacks, phase);
      asked ||= step.kind === "files";
      await carryOut(step, work);
    });
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/** What follows a run that did all of its steps. */
function nextLater({ word, key }: RotatedSecret, { later }: RotationPlan, file: string): string | null {
  return later.length === 0
    ? null
    : `once every client has the new one (pulumi -s primary config get understudy:${key}): understudy rotate ${word} --env-config ${file} --drop-old --execute`;
}
