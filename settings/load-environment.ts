import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Environment, environmentSchema } from "./environment";
import { projectFolder } from "./project-folder";
import { CONTAINER_NAMES, SERVICE_NAMES, type ServiceName } from "./services";

const suppliedImageSchema = z.strictObject({
  image: z.string().min(1).describe("image reference, pinned by digest"),
  stand_in: z
    .string()
    .min(1)
    .nullable()
    .describe("what the image stands in for, when it is not the real product; null when it is"),
});

/** An image, and what it is: the two come together, so that a stand-in is never taken for the real product. */
export type SuppliedImage = z.infer<typeof suppliedImageSchema>;

/** What `images_file` of an environment names: the containers whose image is not the environment file's. */
export const imagesFileSchema = z.partialRecord(z.enum(CONTAINER_NAMES), suppliedImageSchema);

/** An environment file that cannot be used; the message has one line an error, each with its path and what is allowed. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** @param folder that a relative `file` is in; messages name the file as it was given */
function readYaml(file: string, folder: string): unknown {
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

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
}

/** A section by the names in it: its whole content would bury the message. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return `{ ${Object.keys(value).join(", ")} }`;
}

function describeIssue(issue: z.core.$ZodIssue, data: unknown): readonly string[] {
  const at = (path: readonly PropertyKey[]): string => path.map(String).join(".") || "(top)";
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at([...issue.path, key])}: there is no such setting`);
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map((one) => `${at(issue.path)}: the name must be: ${one.message}`);
  }
  const value = valueAt(data, issue.path);
  const allowed = issue.message.replace("Invalid input: ", "");
  return [
    value === undefined
      ? `${at(issue.path)}: is missing, ${allowed.replace(", received undefined", "")}`
      : `${at(issue.path)}: ${allowed}, not ${shown(value)}`,
  ];
}

/** Every problem of `data` at once, one line each: path, value, what is allowed. */
export function describeIssues(file: string, data: unknown, error: z.ZodError): string {
  return error.issues.flatMap((issue) => describeIssue(issue, data).map((words) => `${file}: ${words}`)).join("\n");
}

/** Validates what an environment file says. @throws EnvironmentError with every problem at once */
export function parseEnvironment(file: string, data: unknown): Environment {
  const parsed = environmentSchema.safeParse(data);
  if (!parsed.success) throw new EnvironmentError(describeIssues(file, data, parsed.error));
  return parsed.data;
}

type EnvironmentService = Environment["services"][ServiceName];

function withImage(service: EnvironmentService, { image, stand_in }: SuppliedImage): EnvironmentService {
  const supplied = { ...service, image };
  if (stand_in === null) delete supplied.stand_in;
  else supplied.stand_in = stand_in;
  return supplied;
}

/** The same environment with every file that it names, from the project's folder, under its whole path. */
function withWholePaths(environment: Environment, project: string): Environment {
  const whole = (file: string): string => path.resolve(project, file);
  const { hosts, pulumi, evidence, certificates, images_file } = environment;
  return {
    ...environment,
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, host]) => [
        name,
        host.ssh_config === undefined ? host : { ...host, ssh_config: whole(host.ssh_config) },
      ]),
    ),
    pulumi: {
      ...pulumi,
      ...(pulumi.project !== undefined && { project: whole(pulumi.project) }),
      ...(pulumi.passphrase_file !== undefined && { passphrase_file: whole(pulumi.passphrase_file) }),
    },
    ...(evidence && { evidence: { ...evidence, signing_key_file: whole(evidence.signing_key_file) } }),
    ...(certificates && {
      certificates: { ca_file: whole(certificates.ca_file), ca_key_file: whole(certificates.ca_key_file) },
    }),
    ...(images_file !== undefined && { images_file: whole(images_file) }),
  };
}

/**
 * Reads an environment file, and the images file it names: what that says of a service's image, and of what the image
 * stands in for, takes the place of `services.*.image` and `services.*.stand_in`. The files that it names are sought from the project's
 * folder, wherever this process works.
 * @param folder that a relative `file` is in
 * @throws EnvironmentError when either cannot be read or is not valid
 */
export function loadEnvironment(file: string, folder = process.cwd()): Environment {
  const said = parseEnvironment(file, readYaml(file, folder));
  const project = projectFolder() ?? process.cwd();
  const environment = withWholePaths(said, project);
  if (environment.images_file === undefined) return environment;
  const data = readYaml(environment.images_file, project);
  const images = imagesFileSchema.safeParse(data);
  if (!images.success) throw new EnvironmentError(describeIssues(environment.images_file, data, images.error));
  const services = { ...environment.services };
  for (const name of SERVICE_NAMES) {
    const supplied = images.data[name];
    if (supplied !== undefined) services[name] = withImage(services[name], supplied);
  }
  const { backup, front, agent } = images.data;
  return {
    ...environment,
    services,
    ...(front && { front: { ...environment.front, image: front.image } }),
    ...(agent && environment.agent && { agent: { ...environment.agent, image: agent.image } }),
    ...(backup && environment.backup && { backup: { ...environment.backup, image: backup.image } }),
  };
}

/** The environment that a stack's config names: from the project's folder, as `Pulumi.NAME.yaml` lies there. @throws as `loadEnvironment` */
export function loadDeclaredEnvironment(file: string): Environment {
  return loadEnvironment(file, projectFolder());
}
