import { readFileSync } from "node:fs";
import path from "node:path";

/** A project of another name is somebody else's, wherever it lies. */
const OURS = /^name:\s*["']?understudy["']?\s*(#.*)?$/m;

/** The nearest folder from `start` upwards whose `Pulumi.yaml` names the project `understudy`; undefined when none does. */
export function projectAbove(start: string): string | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    if (holdsProject(folder)) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

function holdsProject(folder: string): boolean {
  try {
    return OURS.test(readFileSync(path.join(folder, "Pulumi.yaml"), "utf8"));
  } catch {
    return false;
  }
}

/**
 * The folder with `Pulumi.yaml` and the stacks' config, which is the operator's: the one that this process works in, else the one that
 * this code lies in. An installed package has none of its own, so it finds the folder that it was installed into; a checkout finds itself.
 * @returns undefined when there is none
 */
export function projectFolder(): string | undefined {
  return projectAbove(process.cwd()) ?? projectAbove(__dirname);
}
