import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { loadEnvironment } from "../../settings/load-environment";
import { namedHosts } from "../../settings/pair";
import { projectFolder } from "../../settings/project-folder";
import { UserError } from "../../settings/user-error";

const configSchema = z.looseObject({ config: z.looseObject({ "understudy:environment": z.string() }) });

/**
 * The environment file of a command that destroys and was not given one: the usual one, where every stack of it declares
 * that file and no other. A file that is merely the usual one is somebody else's choice.
 * @param usual what every other command would take
 * @throws UserError, exit code 2, when the stacks declare another file, several, or none; EnvironmentError of the file
 */
export function onlyDeclaredFile(usual: string): string {
  const refusal = (why: string): UserError =>
    new UserError(
      `${why}: a command that destroys takes no environment file by itself`,
      "the same command with --env-config FILE",
      2,
    );
  if (!existsSync(usual)) throw refusal(`${usual} is not there`);
  const environment = loadEnvironment(usual);
  const folder = environment.pulumi.project ?? projectFolder();
  if (folder === undefined) throw refusal("there is no folder with the stacks' config");
  for (const { stack } of namedHosts(environment)) {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    const declared = declaredIn(file);
    if (declared === undefined) throw refusal(`stack ${stack} declares no environment file that can be read`);
    if (resolved(path.resolve(folder, declared)) !== resolved(usual))
      throw refusal(`stack ${stack} is declared by ${declared}, and ${usual} would be taken`);
  }
  return usual;
}

/**
 * The environment file that every stack's config in the project's folder declares, from where this process works; undefined
 * where there is no such folder, or they do not say the same.
 */
export function fileOfTheStacks(): string | undefined {
  const folder = projectFolder();
  if (folder === undefined) return undefined;
  const configs = ["primary", "standby"].map((stack) => path.join(folder, `Pulumi.${stack}.yaml`)).filter(existsSync);
  const [first, ...others] = configs.map(declaredIn);
  if (first === undefined || others.some((one) => one !== first)) return undefined;
  return path.relative(process.cwd(), path.resolve(folder, first));
}

function declaredIn(file: string): string | undefined {
  try {
    return configSchema.parse(parse(readFileSync(file, "utf8"))).config["understudy:environment"];
  } catch {
    return undefined;
  }
}

/** Where a file really is; one that is not there is where it would be. */
export function resolved(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}
