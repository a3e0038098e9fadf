import type { ClientsSection } from "./clients-section";
import path from "node:path";
import { z } from "zod";
import { type Environment, environmentSchema } from "./environment";
import { EnvironmentError } from "./environment-error";
import type { OverlaysSection } from "./overlay-section";
import { readLayers, readYaml, type Layered, type Origin } from "./environment-layers";
import { projectFolder } from "./project-folder";
import { EXPORTERS } from "./exporters";
import { CONTAINER_NAMES, EXPORTER_NAMES, SERVICE_NAMES, type ServiceName } from "./services";

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

export { EnvironmentError };

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
  const allowed = issue.message.replace("Invalid input: ", "");
  // What may be a secret is not repeated.
  if (issue.code === "custom" && issue.params?.["secret"] === true) return [`${at(issue.path)}: ${allowed}`];
  const value = valueAt(data, issue.path);
  return [
    value === undefined
      ? `${at(issue.path)}: is missing, ${allowed.replace(", received undefined", "")}`
      : `${at(issue.path)}: ${allowed}, not ${shown(value)}`,
  ];
}

/**
 * Every problem of `data` at once, one line each: path, value, what is allowed.
 * @param file or which of several files has said what stands at a path
 */
export function describeIssues(
  file: string | ((path: readonly PropertyKey[]) => string),
  data: unknown,
  error: z.ZodError,
): string {
  const fileOf = typeof file === "string" ? () => file : file;
  return error.issues
    .flatMap((issue) => {
      const [key] = issue.code === "unrecognized_keys" ? issue.keys : [];
      const at = fileOf(key === undefined ? issue.path : [...issue.path, key]);
      return describeIssue(issue, data).map((words) => `${at}: ${words}`);
    })
    .join("\n");
}

/**
 * Validates what an environment file says.
 * @param origins which file has said what, where it extends others
 * @throws EnvironmentError with every problem at once
 */
export function parseEnvironment(file: string, data: unknown, origins?: Layered["origins"]): Environment {
  const parsed = environmentSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const fileOf = (at: readonly PropertyKey[]): string => originOf(at.map(String), origins)?.file ?? file;
  throw new EnvironmentError(describeIssues(fileOf, data, parsed.error));
}

/** Where what stands at a path, or anything below it, comes from; undefined where no file says it. */
export function originOf(at: readonly string[], origins: Layered["origins"] | undefined): Origin | undefined {
  const name = at.join(".");
  return origins?.get(name) ?? [...(origins ?? [])].find(([one]) => name !== "" && one.startsWith(`${name}.`))?.[1];
}

type EnvironmentService = Environment["services"][ServiceName];

function withImage(service: EnvironmentService, { image, stand_in }: SuppliedImage): EnvironmentService {
  const supplied = { ...service, image };
  if (stand_in === null) delete supplied.stand_in;
  else supplied.stand_in = stand_in;
  return supplied;
}

function withExporterImages(
  exporters: NonNullable<Environment["exporters"]>,
  images: z.infer<typeof imagesFileSchema>,
): typeof exporters {
  const supplied = EXPORTER_NAMES.flatMap((name) => {
    const image = images[name]?.image;
    const { key } = EXPORTERS[name];
    return image === undefined ? [] : [[key, { ...exporters[key], image }]];
  });
  return { ...exporters, ...(Object.fromEntries(supplied) as Partial<typeof exporters>) };
}

function wholeOverlays(
  { alerts, rules, scrape_jobs: jobs, pg_hba: hba, dashboards }: OverlaysSection,
  whole: (file: string) => string,
): OverlaysSection {
  return {
    ...(alerts !== undefined && { alerts: whole(alerts) }),
    ...{ rules: rules.map(whole) },
    ...(jobs !== undefined && { scrape_jobs: whole(jobs) }),
    ...(hba !== undefined && { pg_hba: whole(hba) }),
    ...(dashboards !== undefined && { dashboards: whole(dashboards) }),
  };
}

/** The same environment with every file that it names, from the project's folder, under its whole path. */
function withWholePaths(environment: Environment, project: string): Environment {
  const whole = (file: string): string => path.resolve(project, file);
  const { hosts, pulumi, evidence, certificates, images_file, overlays } = environment;
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
    ...(overlays && { overlays: wholeOverlays(overlays, whole) }),
  };
}

/** The section with the images that `images_file` supplies. */
function withDoorImages(
  clients: ClientsSection,
  { door, pooler, keeper }: z.infer<typeof imagesFileSchema>,
): ClientsSection {
  return {
    ...clients,
    haproxy: { ...clients.haproxy, ...(door && { image: door.image }) },
    pgbouncer: { ...clients.pgbouncer, ...(pooler && { image: pooler.image }) },
    keeper: { ...clients.keeper, ...(keeper && { image: keeper.image }) },
  };
}

/**
 * Reads an environment file with those that it extends, and the images file it names: what that says of a service's image, and of what the image
 * stands in for, takes the place of `services.*.image` and `services.*.stand_in`. The files that it names are sought from the project's
 * folder, wherever this process works.
 * @param folder that a relative `file` is in
 * @throws EnvironmentError when either cannot be read or is not valid
 */
export function loadEnvironment(file: string, folder = process.cwd()): Environment {
  const { data: all, origins } = readLayers(file, folder);
  const said = parseEnvironment(file, all, origins);
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
  const { backup, front, agent, collector } = images.data;
  const { clients, exporters } = environment;
  return {
    ...environment,
    services,
    ...(front && { front: { ...environment.front, image: front.image } }),
    ...(agent && environment.agent && { agent: { ...environment.agent, image: agent.image } }),
    ...(collector && environment.logs && { logs: { ...environment.logs, image: collector.image } }),
    ...(exporters && { exporters: withExporterImages(exporters, images.data) }),
    ...(clients && { clients: withDoorImages(clients, images.data) }),
    ...(backup && environment.backup && { backup: { ...environment.backup, image: backup.image } }),
  };
}

/** The environment that a stack's config names: from the project's folder, as `Pulumi.NAME.yaml` lies there. @throws as `loadEnvironment` */
export function loadDeclaredEnvironment(file: string): Environment {
  return loadEnvironment(file, projectFolder());
}
