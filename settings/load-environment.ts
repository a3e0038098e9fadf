import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { environmentSchema, type Environment } from "./environment";
import { SERVICE_NAMES } from "./services";

/** An environment file that cannot be used; the message has one line an error, each with its path and what is allowed. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

const imagesSchema = z.partialRecord(z.enum(SERVICE_NAMES), z.string().min(1));

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new EnvironmentError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return parse(text);
  } catch (error) {
    throw new EnvironmentError(
      `${file} is not YAML: ${(error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? ""}`,
    );
  }
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
}

/** Every problem of `data` at once, one line each: path, value, what is allowed. */
export function describeIssues(file: string, data: unknown, error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.map(String).join(".") || "(top)";
      const value = valueAt(data, issue.path);
      return `${file}: ${path}: ${issue.message}${value === undefined ? "" : `, not ${JSON.stringify(value)}`}`;
    })
    .join("\n");
}

/** Validates what an environment file says. @throws EnvironmentError with every problem at once */
export function parseEnvironment(file: string, data: unknown): Environment {
  const parsed = environmentSchema.safeParse(data);
  if (!parsed.success) throw new EnvironmentError(describeIssues(file, data, parsed.error));
  return parsed.data;
}

/**
 * Reads an environment file, and the images file it names: its references take the place of `services.*.image`.
 * @throws EnvironmentError when either cannot be read or is not valid
 */
export function loadEnvironment(file: string): Environment {
  const environment = parseEnvironment(file, readYaml(file));
  if (environment.images_file === undefined) return environment;
  const data = readYaml(environment.images_file);
  const images = imagesSchema.safeParse(data);
  if (!images.success) throw new EnvironmentError(describeIssues(environment.images_file, data, images.error));
  const services = { ...environment.services };
  for (const name of SERVICE_NAMES) {
    const image = images.data[name];
    if (image !== undefined) services[name] = { ...services[name], image };
  }
  return { ...environment, services };
}
