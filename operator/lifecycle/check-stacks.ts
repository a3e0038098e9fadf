import path from "node:path";
import type { HostStack } from "../failover/pair-stacks";
import { UserError } from "../../settings/user-error";
import { resolved } from "./declared-file";

/**
 * Makes sure that each stack declares the host and the environment file that the verb was given: otherwise the engine
 * would work on other hosts than the operator sees.
 * @throws UserError with exit code 2, naming both sides and the command that mends it
 */
export async function checkStacks(stacks: readonly HostStack[], environmentFile: string): Promise<void> {
  const problems = await Promise.all(stacks.map((one) => problemOf(one, environmentFile)));
  const first = problems.find((one) => one !== undefined);
  if (first !== undefined) throw first;
}

async function problemOf({ host, stack }: HostStack, environmentFile: string): Promise<UserError | undefined> {
  const config = await stack.getAllConfig();
  const set = (key: string, value: string): string => `pulumi -s ${host.stack} config set understudy:${key} ${value}`;
  const declaredHost = config["understudy:host"]?.value;
  if (declaredHost !== host.name) {
    return new UserError(
      `stack ${host.stack} declares ${declaredHost ?? "no host"}, and ${environmentFile} has ${host.name} there`,
      set("host", host.name),
      2,
    );
  }
  const declared = config["understudy:environment"]?.value;
  const [theirs, given] = [
    declared && resolved(path.resolve(stack.workspace.workDir, declared)),
    resolved(environmentFile),
  ];
  if (theirs === given) return undefined;
  // Two checkouts have files of the same name.
  const [said, wanted] = declared === environmentFile ? [theirs, given] : [declared, environmentFile];
  return new UserError(
    `stack ${host.stack} is declared by ${said ?? "no environment file"}, not by ${wanted}`,
    set("environment", wanted),
    2,
  );
}
