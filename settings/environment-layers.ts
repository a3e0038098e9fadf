import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { EnvironmentError } from "./environment-error";
import { withVariables, type Variables } from "./environment-variables";

/** Where a value of an environment file comes from. */
export interface Origin {
  /** The file, as the operator named it, or as another one names it. */
  readonly file: string;
  /** The variables of the operator's environment that are in it. */
  readonly variables: readonly string[];
}

/** What an environment file says together with those that it extends. */
export interface Layered {
  readonly data: unknown;
  /** By the path of each value, its parts joined by dots; lists and empty sections are values. */
  readonly origins: ReadonlyMap<string, Origin>;
}

type Section = Record<string, unknown>;

/**
 * Reads a YAML file; messages name it as it was given.
 * @param folder that a relative `file` is in
 * @throws EnvironmentError when it cannot be read or is not YAML
 */
export function readYaml(file: string, folder: string): unknown {
  let text: string;
  try {
    text = readFileSync(path.resolve(folder, file), "utf8");
  } catch (error) {
    throw new EnvironmentError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new EnvironmentError(`${file} is not YAML: ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? "").replace(/:$/, "");
}

/**
 * Reads an environment file and every file that it extends, with the operator's variables in their places. A section of a
 * file is put into that of the same name in the file that it extends; a value or a list takes the place of the other.
 * @param variables the operator's environment
 * @throws EnvironmentError naming file and field: a file that is missing, no YAML, or extends itself, a variable that is not set
 */
export function readLayers(file: string, folder: string, variables: Variables = process.env): Layered {
  return layersOf(file, folder, variables, []);
}

function layersOf(file: string, folder: string, variables: Variables, above: readonly string[]): Layered {
  const data = readYaml(file, folder);
  const place = realpathSync(path.resolve(folder, file));
  if (above.includes(place)) throw new EnvironmentError(`${file}: it is extended by itself`);
  if (!isSection(data)) return { data, origins: new Map() };
  const { extends: base, ...own } = data;
  const origins = new Map<string, Origin>();
  const said = withVariables(own, file, variables, (at, names) =>
    origins.set(at.join("."), { file, variables: names }),
  );
  if (base === undefined) return { data: said, origins };
  const below = layerBelow(base, file, (name) => layersOf(name, folder, variables, [...above, place]));
  const kept = [...below.origins].filter(([at]) => !isReplaced(at, said));
  return { data: merged(below.data, said as Section), origins: new Map([...kept, ...origins]) };
}

function layerBelow(
  base: unknown,
  file: string,
  read: (name: string) => Layered,
): { readonly data: Section; readonly origins: Layered["origins"] } {
  const problem = (words: string): EnvironmentError => new EnvironmentError(`${file}: extends: ${words}`);
  if (typeof base !== "string" || base === "")
    throw problem(`the path of one environment file, relative to this one, not ${JSON.stringify(base)}`);
  const name = path.isAbsolute(base) ? base : path.join(path.dirname(file), base);
  try {
    const { data, origins } = read(name);
    if (isSection(data)) return { data, origins };
    throw new EnvironmentError(`${name} has no fields`);
  } catch (error) {
    if (error instanceof EnvironmentError) throw problem(error.message.replaceAll("\n", `\n${file}: extends: `));
    throw error;
  }
}

function merged(below: Section, above: Section): Section {
  const all: Section = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const former = below[key];
    all[key] = isSection(value) && isSection(former) ? merged(former, value) : value;
  }
  return all;
}

/** Whether a file says something else at the place of a value of the file that it extends. */
function isReplaced(at: string, said: unknown): boolean {
  let value = said;
  for (const part of at.split(".")) {
    if (!isSection(value)) return value !== undefined;
    value = value[part];
  }
  return value !== undefined;
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
