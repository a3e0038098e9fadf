import { spawn } from "node:child_process";
import { CHECKOUT } from "../../lab/host/project";
import { LAB_FILES } from "../../lab/host/layout";
import { labPulumiEnv } from "../../lab/host/stacks";
import { openStacks } from "../../operator/failover/pair-stacks";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { loadEnvironment } from "../../settings/load-environment";

/** The lab's environment file, as every verb names it. */
export const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";

/** What a command printed, and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  program: string,
  words: readonly string[],
  cwd: string,
  env: Record<string, string>,
  progress?: NodeJS.WritableStream,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr.push(chunk);
      progress?.write(chunk);
    });
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** Runs `pulumi` in the lab's project folder, as an operator would. */
export function pulumi(...words: string[]): Promise<Finished> {
  return run("pulumi", [...words, "--non-interactive"], LAB_FILES.project, labPulumiEnv());
}

/** Runs the `understudy` command from the checkout. */
export function understudy(...words: string[]): Promise<Finished> {
  return run("bin/understudy", words, CHECKOUT, {});
}

/** The same, with its progress on this process's stderr: for what takes minutes. */
export function understudyAloud(...words: string[]): Promise<Finished> {
  return run("bin/understudy", words, CHECKOUT, {}, process.stderr);
}

/** The lab's environment file, read and checked. */
export function labEnvironment(): Environment {
  return loadEnvironment(LAB_ENVIRONMENT);
}

/** The passwords of the lab's pair, from its stacks' config. @throws UserError when there are no stacks */
export async function labCredentials(): Promise<Credentials> {
  return (await openStacks(labEnvironment())).credentials;
}
