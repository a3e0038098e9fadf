import { messageOf, UserError } from "../../settings/user-error";
import { neededKeys, whyNeeded } from "../../settings/credentials";
import { hasFront } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { exportWords, type Backend } from "../failover/backend";
import { firstComplaint, openBackend, openStacks, type HostStack } from "../failover/pair-stacks";
import { readTroubles, type StackTrouble } from "../failover/settle";
import { holderWords } from "../failover/stack-lock";
import { checkStacks } from "../lifecycle/check-stacks";
import { certificateState } from "../certificates/expiry";
import { frontFindings } from "./front-findings";
import { CERTIFICATE_KEYS } from "../../settings/certificates/stored";
import { authorityFinding, certificateFinding } from "./certificate-findings";
import { good, problem, unknown, type Finding } from "./finding";

/**
 * The stacks: whether their backend opens, whether they are there and this environment's, their secrets, and what an
 * interrupted engine left in their state.
 */
export async function stackFindings(environment: Environment, environmentFile: string): Promise<readonly Finding[]> {
  const backend = await openBackend(environment).then(
    (opened) => backendFinding(opened.backend, environment.pulumi.backend, process.env["PULUMI_BACKEND_URL"]),
    (error: unknown) =>
      problem("backend", null, messageOf(error), error instanceof UserError ? error.next : "pulumi whoami --verbose"),
  );
  return [backend, ...(backend.state === "good" ? await findingsInside(environment, environmentFile) : [])];
}

/** Which backend it is, and what plain Pulumi needs to find it too where only the environment file names it. */
export function backendFinding(backend: Backend, named?: string, inShell?: string): Finding {
  const words = exportWords(backend, named, inShell);
  const hint = words === undefined ? "" : `; for plain Pulumi: ${words}`;
  return good("backend", null, `${backend.name === "" ? "Pulumi Cloud" : backend.name}${hint}`);
}

async function findingsInside(environment: Environment, environmentFile: string): Promise<readonly Finding[]> {
  try {
    const { stacks } = await openStacks(environment);
    const [config, states] = await Promise.all([
      configFindings(stacks, environment, environmentFile),
      readTroubles(environment).then(
        (troubles) => troubles.map(stateFinding),
        (error: unknown) => [unknown("state", null, firstComplaint(error), "understudy settle")],
      ),
    ]);
    return [good("stacks", null, stacks.map((one) => one.host.stack).join(", ")), ...config, ...states];
  } catch (error) {
    return [problem("stacks", null, messageOf(error), error instanceof UserError ? error.next : "pulumi stack ls")];
  }
}

async function configFindings(
  stacks: readonly HostStack[],
  environment: Environment,
  environmentFile: string,
): Promise<readonly Finding[]> {
  const place = await checkStacks(stacks, environmentFile).then(
    () => good("declaration", null, `every stack is declared by ${environmentFile}`),
    (error: unknown) =>
      problem("declaration", null, messageOf(error), error instanceof UserError ? error.next : "understudy up"),
  );
  const secrets = await Promise.all(
    stacks.map(async ({ host, stack }) => ({ host, stack: host.stack, config: await stack.getAllConfig() })),
  );
  const needed = neededKeys(environment);
  const values = secrets.map(({ stack, config }) => ({
    stack,
    values: new Map(needed.map((key) => [key, config[`understudy:${key}`]])),
  }));
  const certificates = secrets.flatMap(({ host, stack, config }) => [
    ...certificateFinding(host.name, certificateState(config, { environment, host }, Date.now())),
    ...authorityFinding(stack, config),
  ]);
  const fronts = await Promise.all(
    secrets.map(({ host, config }) =>
      frontFindings(
        host.name,
        environment,
        hasFront(environment, config[`understudy:${CERTIFICATE_KEYS.certificates}`] !== undefined),
      ),
    ),
  );
  return [place, secretsFinding(values), ...certificates, ...fronts.flat()];
}

/** What a stack's config has under each secret's key. */
export interface StackSecrets {
  readonly stack: string;
  readonly values: ReadonlyMap<string, { readonly value: string; readonly secret?: boolean } | undefined>;
}

/** Every secret must be there, encrypted, and the same in every stack. No value is ever in what this says. */
export function secretsFinding(stacks: readonly StackSecrets[]): Finding {
  const set = (stack: string, key: string): string => `pulumi -s ${stack} config set --secret understudy:${key}`;
  for (const { stack, values } of stacks) {
    for (const [key, entry] of values) {
      if (entry === undefined)
        return problem("secrets", null, `stack ${stack} has no understudy:${key}${whyNeeded(key)}`, set(stack, key));
      if (entry.secret !== true) {
        return problem("secrets", null, `understudy:${key} of stack ${stack} is not encrypted`, set(stack, key));
      }
      if (entry.value !== stacks[0]?.values.get(key)?.value) {
        const words = `understudy:${key} of stack ${stack} is not that of stack ${stacks[0]?.stack ?? ""}`;
        return problem("secrets", null, words, set(stack, key));
      }
    }
  }
  return good("secrets", null, `${stacks[0]?.values.size ?? 0} in each stack, encrypted, the same in all`);
}

/** Nothing of an engine that was interrupted may be left in a stack's state, and no engine may be at work there. */
export function stateFinding({
  stack,
  locks,
  locksUnknown,
  pending,
}: Pick<StackTrouble, "stack" | "locks" | "locksUnknown" | "pending">): Finding {
  const check = `state of ${stack}`;
  if (pending === null) return unknown(check, null, "it cannot be read", "understudy settle");
  const held = locks?.map(
    (lock) => `locked since ${lock.timestamp} by ${holderWords(lock)} (${lock.holder.replace("-", " ")})`,
  );
  const left = [...(held ?? []), ...pending.map(({ type, urn }) => `interrupted while ${type} ${urn}`)];
  if (left.length > 0) return problem(check, null, left.join("; "), "understudy settle");
  if (locks !== null) return good(check, null, "no pending operation, not locked");
  const why = locksUnknown ?? "its locks cannot be read";
  return unknown(check, null, `no pending operation, and whether it is locked is unknown: ${why}`, "understudy settle");
}
