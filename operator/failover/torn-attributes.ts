import path from "node:path";
import { globSync, readFileSync } from "node:fs";
import type { Backend } from "./backend";

/**
 * Attribute files of a stack that an engine was killed over. Pulumi's backend of files keeps what it knows about `x.json` in
 * `x.json.attrs`, which is written in place before `x.json` itself is replaced. One that is cut off makes the stack unreadable,
 * `failed to load checkpoint: EOF`, although the checkpoint beside it is whole: nothing is lost with it.
 * @returns their paths; none where the backend is another: a store has an object whole with its attributes, or not at all
 */
export function tornAttributes(backend: Backend, project: string, stack: string): readonly string[] {
  if (backend.kind !== "folder") return [];
  const { folder } = backend;
  const patterns = [`.pulumi/stacks/${project}/${stack}.json*.attrs`, `.pulumi/locks/**/${project}/${stack}/*.attrs`];
  return globSync(patterns, { cwd: folder })
    .map((file) => path.join(folder, file))
    .filter(isTorn);
}

function isTorn(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}
