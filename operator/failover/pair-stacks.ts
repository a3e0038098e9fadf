import { readFileSync } from "node:fs";
import path from "node:path";
import type { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { credentialsFrom, neededKeys, whyNeeded, type Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { projectFolder } from "../../settings/project-folder";
import { backendOf, exportWords, howToOpen, withoutPasswords, type Backend } from "./backend";
import { detachedPulumi, EngineFailure, STACK_NOT_FOUND } from "./detached-pulumi";
import { lockHolders, saysLocked, saysUnreadable } from "./engine-words";
import { readAgain } from "./read-again";
import { messageOf, UserError } from "../../settings/user-error";

/** One host and its Pulumi stack. */
export interface HostStack {
  readonly host: NamedHost;
  readonly stack: Stack;
}

/** Both hosts' stacks, as the environment file says where they are. */
export interface PairStacks {
  readonly stacks: readonly HostStack[];
  /** Of the first stack. */
  readonly credentials: Credentials;
}

/** The passwords that one stack's own config has. @throws Error of the engine */
export async function credentialsOf({ stack }: HostStack): Promise<Credentials> {
  const config = await stack.getAllConfig();
  return credentialsFrom((key) => config[`understudy:${key}`]?.value);
}

/** What the engine is told by environment variables; secrets stay in their file. */
function engineEnvironment({ pulumi }: Environment): Record<string, string> {
  return {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(pulumi.backend === undefined ? {} : { PULUMI_BACKEND_URL: pulumi.backend }),
    ...(pulumi.passphrase_file === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: pulumi.passphrase_file }),
  };
}

/**
 * The folder with the stacks' config, which is where the engine works.
 * @throws UserError with exit code 2 when there is none
 */
export function stacksFolder(environment: Environment): string {
  const folder = environment.pulumi.project ?? projectFolder();
  if (folder !== undefined) return folder;
  throw new UserError(
    `neither ${process.cwd()} nor a folder above it has a Pulumi.yaml of the project understudy`,
    `cp -rn ${path.resolve(__dirname, "../../configs/project")}/. .`,
    2,
  );
}

/** The project as the engine sees it, with no stack selected: it opens even where a stack's state cannot be read. */
export async function openProject(environment: Environment): Promise<LocalWorkspace> {
  const { LocalWorkspace: Workspace } = await import("@pulumi/pulumi/automation");
  return Workspace.create({
    workDir: stacksFolder(environment),
    envVars: engineEnvironment(environment),
    pulumiCommand: await detachedPulumi(),
  });
}

/**
 * Selects every host's stack and reads the pair's passwords from the first one's config.
 * @throws UserError naming what is missing and the command that mends it
 */
export async function openStacks(environment: Environment): Promise<PairStacks> {
  const workDir = stacksFolder(environment);
  checkPassphrase(environment, workDir);
  // Half of what a verb takes to start: loaded by the verbs that need the engine.
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation");
  const pulumiCommand = await detachedPulumi();
  const stacks = await Promise.all(
    namedHosts(environment).map(async (host): Promise<HostStack> => {
      try {
        const stack = await readAgain(
          () =>
            LocalWorkspace.selectStack(
              { stackName: host.stack, workDir },
              { envVars: engineEnvironment(environment), pulumiCommand },
            ),
          (error) => saysUnreadable(firstComplaint(error)),
        );
        return { host, stack };
      } catch (error) {
        const complaint = firstComplaint(error);
        throw new UserError(
          `stack ${host.stack} of ${host.name} cannot be selected: ${complaint}`,
          await howToSelect(environment, host.stack, error),
          2,
        );
      }
    }),
  );
  return { stacks, credentials: await readCredentials(stacks, neededKeys(environment)) };
}

/** A stack is made only where the engine has seen that it is not there: one whose backend is away has a state. */
async function howToSelect(environment: Environment, stack: string, error: unknown): Promise<string> {
  if (saysUnreadable(firstComplaint(error))) return "understudy settle";
  const { backend, first } = await backendOfPair(environment);
  if (error instanceof EngineFailure && error.code === STACK_NOT_FOUND)
    return `${first === undefined ? "" : `${first}; `}pulumi stack init ${stack} (in the lab: understudy lab up)`;
  return howToOpen(backend, first);
}

interface PairBackend {
  /** Undefined where the engine takes the one that the operator is logged in to. */
  readonly backend?: Backend;
  /** What plain Pulumi needs before it works on that one: see `exportWords`. */
  readonly first?: string | undefined;
}

/** The backend of the pair's stacks, as far as files and variables tell: it is not opened, and may be away. */
async function backendOfPair(environment: Environment): Promise<PairBackend> {
  const workspace = await openProject(environment);
  const [named, inShell] = [environment.pulumi.backend, process.env["PULUMI_BACKEND_URL"]];
  // Pulumi takes an empty variable for none.
  const url = named ?? (inShell === "" ? undefined : inShell) ?? (await workspace.projectSettings()).backend?.url;
  if (url === undefined) return {};
  const backend = backendOf(url, workspace.workDir);
  return { backend, first: exportWords(backend, named, inShell) };
}

/**
 * Opens the backend of the pair's stacks.
 * @throws UserError, exit code 2, with what makes it reachable, when it does not open
 */
export async function openBackend(environment: Environment): Promise<{ workspace: LocalWorkspace; backend: Backend }> {
  const workspace = await openProject(environment);
  try {
    const { url = "" } = await workspace.whoAmI();
    return { workspace, backend: backendOf(url, workspace.workDir) };
  } catch (error) {
    const { backend, first } = await backendOfPair(environment);
    throw new UserError(`the state backend cannot be opened: ${firstComplaint(error)}`, howToOpen(backend, first), 2);
  }
}

function checkPassphrase({ hosts, pulumi }: Environment, folder: string): void {
  const { passphrase_file: file } = pulumi;
  if (file === undefined) return checkPassphraseOfShell(Object.values(hosts), folder);
  try {
    readFileSync(file);
  } catch (error) {
    throw new UserError(
      `the passphrase file cannot be read: ${messageOf(error)}`,
      `put ${file} back from your copy, or name it in pulumi.passphrase_file (in the lab: understudy lab up)`,
      2,
    );
  }
}

/** The engine asks for a passphrase where a stack's config was encrypted with one, and nobody would answer here. */
function checkPassphraseOfShell(hosts: readonly { readonly stack: string }[], folder: string): void {
  const { PULUMI_CONFIG_PASSPHRASE: own, PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = process.env;
  if (own !== undefined || file !== "") return;
  const encrypted = hosts.map(({ stack }) => `Pulumi.${stack}.yaml`).find((name) => hasSalt(path.join(folder, name)));
  if (encrypted === undefined) return;
  throw new UserError(
    `the secrets of ${encrypted} are encrypted with a passphrase, and nobody says which`,
    "name its file in pulumi.passphrase_file of the environment file; or in this shell: export PULUMI_CONFIG_PASSPHRASE_FILE=FILE",
    2,
  );
}

function hasSalt(file: string): boolean {
  try {
    return /^encryptionsalt:/m.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

async function readCredentials(stacks: readonly HostStack[], needed: readonly string[]): Promise<Credentials> {
  const first = stacks[0];
  if (first === undefined) throw new Error("an environment has at least one host");
  const config = await first.stack.getAllConfig();
  const refusal = missingSecrets(first.host.stack, needed, (key) => config[`understudy:${key}`]?.value);
  if (refusal !== undefined) throw refusal;
  return credentialsFrom((key) => config[`understudy:${key}`]?.value);
}

/** Why a stack's config does not do: the secrets that it lacks. Pure. */
export function missingSecrets(
  stack: string,
  needed: readonly string[],
  valueOf: (key: string) => string | undefined,
): UserError | undefined {
  const missing = needed.filter((key) => (valueOf(key) ?? "") === "");
  const [first] = missing;
  if (first === undefined) return undefined;
  const words = missing.map((key) => `understudy:${key}${whyNeeded(key)}`).join(", ");
  return new UserError(
    `stack ${stack} has no ${words}`,
    `pulumi -s ${stack} config set --secret understudy:${first}`,
    2,
  );
}

/** The engine's first `error:` line with who holds the lock that it is about, or the message, on one line, without the passwords of a URL in it. */
export function firstComplaint(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").map((line) => line.trim());
  const complaint = lines.find((line) => line.startsWith("error:")) ?? lines.find((line) => /stderr: \S/.test(line));
  const words = (complaint ?? messageOf(error)).replace(/^(error:|stderr:)\s*/, "");
  const holders = saysLocked(words) ? lockHolders(text) : "";
  return withoutPasswords(holders === "" ? words : `${words} It was ${holders}`);
}
