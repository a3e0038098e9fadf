import { existsSync } from "node:fs";
import type { Command } from "commander";
import { fileOfTheStacks, onlyDeclaredFile } from "../operator/lifecycle/declared-file";
import { LAB_PROJECT } from "../settings/lab-folder";

const LAB = "configs/deploy/environments/lab.yaml";
const OWN = "configs/deploy/environments/prodlike_multi_host.yaml";

/**
 * The environment file when none is given: UNDERSTUDY_ENV_CONFIG, else in a checkout on a machine with a lab the lab's, else
 * the one that the stacks of the project's folder declare, else your two hosts'.
 */
export function defaultEnvConfig(): string {
  const named = process.env["UNDERSTUDY_ENV_CONFIG"];
  if (named !== undefined) return named;
  return [LAB_PROJECT, LAB].every((one) => existsSync(one)) ? LAB : (fileOfTheStacks() ?? OWN);
}

/**
 * The environment file of a command that destroys: the one that was given, else the usual one where the stacks declare it
 * alone. @throws UserError, exit code 2, when nobody has named it
 */
export function namedEnvConfig(command: Command): string {
  const file = command.getOptionValue("envConfig") as string;
  return command.getOptionValueSource("envConfig") === "default" ? onlyDeclaredFile(file) : file;
}
