import { connectEngine } from "../../drills/hosts/engine";
import { formerKey, type Credentials } from "../../settings/credentials";
import { pairBackup } from "../../settings/pair";
import { UserError } from "../../settings/user-error";
import { appliedPasswords } from "../failover/applied-declaration";
import { credentialsOf, type HostStack } from "../failover/pair-stacks";
import { exportState, resourcesOf } from "../failover/stack-state";
import type { HostFacts } from "./plan";
import type { SecretAsked, SeenSecret } from "./rotated-secret";
import { filesHave, postgresHas, readFiles, redisHas, type FoundFile, type Sides } from "./read-host";
import { keyOfRotated, postgresAccounts, redisAccounts, ROTATED, valueOf, witnesses, type Rotated } from "./secrets";
import { grafanaHas, repositoryHas } from "./service-has";
import { valuesOf, type StackValue } from "./values";

/** The pair's passwords with another value of a secret. */
export function withValue(all: Credentials, name: Rotated, value: string): Credentials {
  return { ...all, before: undefined, [ROTATED[name].credential]: value } as unknown as Credentials;
}

/**
 * Reads a secret's values from both stacks' configs and states, and who has which from both hosts' files and servers.
 * Changes nothing.
 * @throws UserError, exit code 3, when the stacks do not agree; Error when a host's engine does not answer
 */
export async function readSecret(name: Rotated, asked: SecretAsked): Promise<SeenSecret> {
  const { environment, stacks, given } = asked;
  const key = keyOfRotated(name);
  const read = await Promise.all(stacks.map((one) => readStack(one, name)));
  const all = read.map(({ credentials }) => credentials);
  const [first] = all;
  if (first === undefined) throw new Error("an environment has at least one host");
  refuseBeside(name, all);
  const backups = pairBackup(environment) !== undefined;
  if (name === "backup" && !backups)
    throw new UserError(
      "backup: nothing is backed up, the environment file has no section backup",
      "understudy rotate --help",
      2,
    );
  const wanted = witnesses(name, first, backups);
  const engines = stacks.map(({ host }) => connectEngine(host));
  try {
    const found = await Promise.all(
      engines.map((engine) => readFiles(engine, wanted).catch((): readonly FoundFile[] | null => null)),
    );
    const leftOver = found.some((files) => files?.some(({ before }) => before !== null));
    const stackValues = read.map(({ value }) => value);
    const values = asked.known ?? valuesOf(stackValues, { key, given, leftOver });
    const side = (value: string | null): Credentials | null => (value === null ? null : withValue(first, name, value));
    const sides: Sides = { old: side(values.old), fresh: side(values.fresh) };
    const hosts = await Promise.all(
      stacks.map(async ({ host }, at): Promise<HostFacts> => {
        const { value } = read[at] ?? { value: undefined };
        const [files, engine] = [found[at] ?? null, engines[at]];
        if (engine === undefined) throw new Error(`no engine of ${host.name}`);
        const inFiles = files === null ? "unknown" : filesHave(files, sides);
        const asking = { values, files: inFiles, known: asked.known !== undefined };
        const [postgres, redis, grafana, repository] = await Promise.all([
          postgresHas(host, engine, postgresAccounts(name, first), sides),
          redisHas(host, environment, redisAccounts(name, first), sides),
          name === "grafana" ? grafanaHas(host, environment, asking) : null,
          name === "backup" ? repositoryHas(host, environment, inFiles) : null,
        ]);
        return {
          ...{ host: host.name, stack: host.stack, role: asked.roles[host.name] ?? "standby" },
          config: {
            current: value?.current === values.fresh ? "new" : "old",
            former: value?.former !== undefined,
          },
          ...{ files: inFiles, postgres, redis, grafana, repository },
        };
      }),
    );
    return { hosts, values };
  } finally {
    for (const engine of engines) engine.close();
  }
}

async function readStack(
  one: HostStack,
  name: Rotated,
): Promise<{ readonly credentials: Credentials; readonly value: StackValue }> {
  const [credentials, state] = await Promise.all([credentialsOf(one), exportState(one.stack, "shown")]);
  const applied = appliedPasswords(resourcesOf(state));
  const { credential } = ROTATED[name];
  const brought = valueOf(name, applied);
  return {
    credentials,
    value: {
      stack: one.host.stack,
      current: valueOf(name, credentials),
      former: credentials.before?.[credential],
      applied: typeof brought === "string" ? brought : undefined,
    },
  };
}

/** Our accounts' passwords may be derived from the superuser's: the two are not exchanged at once. */
function refuseBeside(name: Rotated, all: readonly Credentials[]): void {
  const other = name === "roles" ? "superuser" : name === "superuser" ? "roles" : undefined;
  if (other === undefined || !all.some(({ before }) => before?.[ROTATED[other].credential] !== undefined)) return;
  throw new UserError(
    `understudy:${formerKey(keyOfRotated(other))} is there: ${other} is being exchanged, and ${name} waits for its end`,
    `understudy rotate ${other} --execute`,
    3,
  );
}
