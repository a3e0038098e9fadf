import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { CREDENTIAL_KEYS, neededKeys } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import type { ConfigValues } from "../certificates/secret-config";
import { backendOf } from "../failover/backend";
import { EngineFailure, STACK_NOT_FOUND } from "../failover/detached-pulumi";
import { setSecret } from "../failover/stack-state";
import { firstComplaint, openBackend, type HostStack } from "../failover/pair-stacks";
import { hasSalt } from "./project-files";

/** One stack, and what became of it. */
export interface StackMade {
  readonly stack: string;
  readonly host: string;
  readonly done: "made" | "was there";
  /** The secrets that were put in, by their keys. */
  readonly secrets: readonly string[];
}

const DERIVED_FROM = `understudy:${CREDENTIAL_KEYS.roles}`;
const SUPERUSER = `understudy:${CREDENTIAL_KEYS.postgres}`;

/**
 * Every secret that a new pair wants, by its whole key: what `up` would miss, the passwords of declared applications, and
 * what our own roles' passwords come from. That one is first, and only as long as no stack has the superuser's: a pair that
 * works without it goes on as it is. Pure.
 */
export function wantedSecrets(environment: Environment, stored: readonly ConfigValues[]): readonly string[] {
  const works = stored.some((config) => config[SUPERUSER] !== undefined);
  const begun = stored.some((config) => config[DERIVED_FROM] !== undefined);
  const applications = Object.values(environment.applications).flatMap(({ password }) => password ?? []);
  return [
    ...(works && !begun ? [] : [DERIVED_FROM]),
    ...[...neededKeys(environment), ...applications].map((key) => `understudy:${key}`),
  ];
}

/** What each stack lacks, with the value that it gets: the other stack's, else a new one, the same for all. Pure, but for `draw`. */
export function planSecrets(
  wanted: readonly string[],
  stored: readonly ConfigValues[],
  draw: () => string,
): readonly ReadonlyMap<string, string>[] {
  const plans = stored.map(() => new Map<string, string>());
  for (const key of wanted) {
    const known = stored.find((config) => (config[key]?.value ?? "") !== "")?.[key]?.value;
    const value = known ?? draw();
    stored.forEach((config, at) => {
      if ((config[key]?.value ?? "") === "") plans[at]?.set(key, value);
    });
  }
  return plans;
}

/** Letters, digits, `-` and `_`: no client has to prepare or escape any of them. 192 random bits. */
function drawSecret(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Makes the stacks that are missing, and gives each the secrets that it lacks. What is there stays as it is; a run that was
 * cut off is finished by the next one, and both stacks have the same secrets whatever happens.
 * @throws UserError when the backend does not open, or has another pair's stack of that name
 */
export async function makeStacks(
  environment: Environment,
  phase: (words: string) => void,
): Promise<readonly StackMade[]> {
  makeStateFolder(environment);
  phase("opening the state backend");
  const { workspace, backend } = await openBackend(environment);
  const opened: (HostStack & { readonly made: boolean })[] = [];
  for (const host of namedHosts(environment)) {
    phase(`stack ${host.stack} of ${host.name}`);
    const where = { stackName: host.stack, workDir: workspace.workDir };
    const { Stack: Stacks } = await import("@pulumi/pulumi/automation");
    const file = path.join(workspace.workDir, `Pulumi.${host.stack}.yaml`);
    const ours = hasSalt(file);
    const there = await Stacks.select(host.stack, workspace).catch((error: unknown): undefined => {
      if (error instanceof EngineFailure && error.code === STACK_NOT_FOUND) return undefined;
      throw new UserError(
        `stack ${where.stackName} cannot be selected: ${firstComplaint(error)}`,
        "pulumi stack ls",
        2,
      );
    });
    if (there !== undefined && !ours) throw anotherPairs(host.stack, backend.name);
    const stack: Stack = there ?? (await created(Stacks.create(host.stack, workspace), host.stack));
    opened.push({ host, stack, made: there === undefined });
  }
  const stored = await Promise.all(opened.map(({ stack }) => stack.getAllConfig()));
  const wanted = wantedSecrets(environment, stored);
  opened.forEach(({ host }, at) => refuseInClear(host.stack, wanted, stored[at] ?? {}));
  const plans = planSecrets(wanted, stored, drawSecret);
  const missing = plans.reduce((sum, plan) => sum + plan.size, 0);
  if (missing > 0) phase(`putting ${missing} secrets into the stacks' config, encrypted`);
  return Promise.all(
    opened.map(async (one, at): Promise<StackMade> => {
      const plan = plans[at] ?? new Map<string, string>();
      await putSecrets(one, plan);
      const { name: host, stack } = one.host;
      return { stack, host, done: one.made ? "made" : "was there", secrets: [...plan.keys()] };
    }),
  );
}

/** @throws UserError when the engine does not take one, or what is read back is something else */
async function putSecrets({ host, stack }: HostStack, plan: ReadonlyMap<string, string>): Promise<void> {
  const failed = (key: string, why: string): UserError =>
    new UserError(
      `${key} of stack ${host.stack} was not written: ${why}`,
      `ls -l Pulumi.${host.stack}.yaml, then the same command again`,
    );
  for (const [key, value] of plan) {
    await setSecret(stack, key, value).catch((error: unknown) => {
      throw failed(key, firstComplaint(error));
    });
  }
  const written: ConfigValues = plan.size === 0 ? {} : await stack.getAllConfig();
  const wrong = [...plan].find(([key, value]) => written[key]?.value !== value || written[key].secret !== true);
  if (wrong !== undefined) throw failed(wrong[0], "what was read back is something else");
}

/** @throws UserError, exit code 2, where a secret stands in the clear */
function refuseInClear(stack: string, wanted: readonly string[], config: ConfigValues): void {
  const open = wanted.find((key) => config[key] !== undefined && config[key].secret !== true);
  if (open === undefined) return;
  throw new UserError(
    `${open} of stack ${stack} is not encrypted: whoever has read the file has it`,
    `pulumi -s ${stack} config rm ${open}, then the same command again, which makes another`,
    2,
  );
}

async function created(stack: Promise<Stack>, name: string): Promise<Stack> {
  try {
    return await stack;
  } catch (error) {
    throw new UserError(`stack ${name} was not made: ${firstComplaint(error)}`, `pulumi stack init ${name}`, 2);
  }
}

function anotherPairs(stack: string, backend: string): UserError {
  return new UserError(
    `${backend} has a stack ${stack} of the project understudy already, and Pulumi.${stack}.yaml here is not its config: it is another pair's`,
    "give each pair a folder or a prefix of its own: pulumi.backend in environment.yaml, such as s3://BUCKET/NAME; a stack that is nobody's goes with: pulumi stack rm " +
      stack,
    3,
  );
}

/** A folder for states is made where it is this pair's own; one elsewhere may be a disk that is not mounted. */
function makeStateFolder({ pulumi }: Environment): void {
  if (pulumi.backend === undefined) return;
  const backend = backendOf(pulumi.backend, process.cwd());
  if (backend.kind !== "folder" || path.relative(process.cwd(), backend.folder).startsWith("..")) return;
  mkdirSync(backend.folder, { recursive: true, mode: 0o700 });
}
