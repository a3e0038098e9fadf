import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { bounded } from "../../drills/hosts/bounded";
import { UserError } from "../../settings/user-error";
import { engineVariables } from "../failover/detached-pulumi";
import { firstComplaint, type HostStack } from "../failover/pair-stacks";

const SET_MS = 60_000;

/** A stack's config, as the engine gives it. */
export type ConfigValues = Readonly<Record<string, { readonly value: string; readonly secret?: boolean } | undefined>>;

/**
 * A secret of a stack's config in namespace `understudy`; undefined when there is none.
 * @throws UserError, exit code 2, when it is not encrypted
 */
export function secretIn(config: ConfigValues, { host }: HostStack, key: string): string | undefined {
  const entry = config[`understudy:${key}`];
  if (entry === undefined || entry.secret === true) return entry?.value;
  throw new UserError(
    `understudy:${key} of stack ${host.stack} is not encrypted: whoever has read the file has the keys in it`,
    `pulumi -s ${host.stack} config rm understudy:${key}; then understudy certificates --execute, which makes others`,
    2,
  );
}

/**
 * Puts a secret into a stack's config. It goes to the engine on its standard input: what stands in arguments, everybody on
 * this machine can read.
 * @throws UserError when the engine does not take it, or what is read back is something else
 */
export async function writeSecret(one: HostStack, key: string, value: string): Promise<void> {
  const { host, stack } = one;
  const { workDir, envVars, pulumiCommand } = stack.workspace as typeof stack.workspace & {
    readonly pulumiCommand: { readonly command: string };
  };
  const words = ["config", "set", "--secret", `understudy:${key}`, "--stack", stack.name, "--non-interactive"];
  const child = spawn(pulumiCommand.command, words, {
    cwd: workDir,
    env: engineVariables(process.env, envVars),
    stdio: ["pipe", "ignore", "pipe"],
  });
  const failed = (why: string): UserError =>
    new UserError(
      `understudy:${key} of stack ${host.stack} was not written: ${why}`,
      `ls -l ${workDir}/Pulumi.${stack.name}.yaml, and the same command again`,
    );
  // One that ends before it has read everything is told by its exit code.
  child.stdin.on("error", () => undefined).end(value);
  const ended = new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  try {
    const [said, code] = await bounded("pulumi config set", SET_MS, Promise.all([text(child.stderr), ended]));
    if (code !== 0) throw failed(firstComplaint(said));
  } finally {
    child.kill();
  }
  if (secretIn(await stack.getAllConfig(), one, key) !== value) throw failed("what was read back is something else");
}
