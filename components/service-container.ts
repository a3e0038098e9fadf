import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hostPort, LOOPBACK } from "../settings/address";
import { containerName, FILES_FOLDER, filesVolumeName, LABELS, volumeName } from "../settings/names";
import type { Reload } from "../settings/container-files";
import type { Environment } from "../settings/environment";
import { exporterSettings } from "../settings/exporters";
import { ELSEWHERE, isHttpPort } from "../settings/front";
import { publishedAddresses } from "../settings/published";
import { SERVICES, type ContainerName, type HttpService, type ServiceName } from "../settings/services";
import type { ServiceFile } from "./config-files";
import { HostFiles } from "./host-files";
import type { ServiceArgs } from "./service-args";

/** A port of a container that clients outside the host reach. */
export interface PublishedPort {
  /** Port the service listens on in its container. */
  readonly internal: number;
  /** Port of the host, on each address that it listens on. */
  readonly external: number;
  /** @default "tcp" */
  readonly protocol?: "tcp" | "udp";
  /** Its key in the section `ports`, which says for whom it is. */
  readonly key: keyof Environment["ports"];
}

/** How the engine finds out whether a container is healthy. */
export interface HealthCheck {
  /** Command in exec form, run in the container; exit 0 is healthy. */
  readonly command: readonly string[];
  /** Below 60: the engine spells longer times differently, which would read as a change. */
  readonly intervalSeconds: number;
  /**
   * Whether `up` waits for the first healthy answer. Not for the stores: at the very first boot they are held until
   * they have been told what to become.
   */
  readonly awaited: boolean;
}

/** What one service has of its own; everything else is the same for all. */
export interface ServiceSpec {
  readonly service: ContainerName;
  /** Name that its programs see of their machine. @default the container's name */
  readonly hostname?: string;
  /** Account in the container, by the convention of the upstream image; never root. */
  readonly user: string;
  /** @default the image's own entrypoint */
  readonly entrypoint?: readonly string[];
  /** @default the image's own command */
  readonly command?: readonly string[];
  /** Environment variables; passwords and settings go into `files`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Scripts and other program code. */
  readonly uploads: docker.types.input.ContainerUpload[];
  /** Passwords, certificates and settings, which it finds by `filePath`. */
  readonly files: readonly ServiceFile[];
  /** How it takes files anew that do not replace it. @default it takes them when it starts again */
  readonly reload?: Reload;
  /** Folder in the container that the data volume is mounted on. @default it has no data */
  readonly dataFolder?: string;
  readonly ports: readonly PublishedPort[];
  /** Null where its image has nothing that could ask: then it counts as well while it runs. */
  readonly healthCheck: HealthCheck | null;
  /** @default "SIGTERM" */
  readonly stopSignal?: "SIGTERM" | "SIGINT";
  /** Seconds between the stop signal and SIGKILL, also when the container is replaced. */
  readonly stopGraceSeconds: number;
  /** Names that it has on the host's network beside its own. */
  readonly aliases?: readonly string[];
  /** How it looks up names, as resolv.conf has options. @default the engine's own */
  readonly dnsOptions?: readonly string[];
  /** Shared memory, in MiB. @default the engine's 64 */
  readonly sharedMemoryMib?: number;
  /** Volumes of other services, by the folder they are mounted on. */
  readonly otherVolumes?: readonly docker.types.input.ContainerVolume[];
  /** Whether the engine refuses to remove the volume from its state, as long as nobody says otherwise. @default true */
  readonly protectVolume?: boolean;
  /** What the container may do beside what any process may. @default nothing */
  readonly capabilities?: readonly string[];
}

/** A service's ports as the table has them, each on the port that the environment file says. */
export function publishedPorts(service: ServiceName, ports: Environment["ports"]): readonly PublishedPort[] {
  return SERVICES[service].ports.map(({ key, inside }) => ({ key, internal: inside, external: ports[key] }));
}

/** Where a service says in its own container whether it is ready. */
export function ownHealthUrl(service: HttpService): string {
  const { ports, health } = SERVICES[service];
  return `http://127.0.0.1:${ports[0].inside}${health.path}`;
}

/** The resources behind one service. */
export interface ServiceResources {
  readonly image: docker.RemoteImage;
  readonly volume: docker.Volume;
  readonly files: HostFiles;
  readonly container: docker.Container;
}

/** First failures do not count for this long, in seconds: Loki alone takes 15 before it says it is ready. */
const START_PERIOD_SECONDS = 50;

function healthInputs(check: HealthCheck | null): Partial<docker.ContainerArgs> {
  if (check === null) return {};
  return {
    healthcheck: {
      tests: ["CMD", ...check.command],
      interval: `${String(check.intervalSeconds)}s`,
      timeout: "5s",
      retries: 3,
      startPeriod: `${String(START_PERIOD_SECONDS)}s`,
    },
    ...(check.awaited ? { wait: true, waitTimeout: 120 } : {}),
  };
}

/** Each port on each address where `publishedAddresses` has it. */
function published({ ports }: ServiceSpec, args: ServiceArgs): docker.types.input.ContainerPort[] {
  return ports.flatMap(({ internal, external, protocol = "tcp", key }) =>
    publishedAddresses(key, args).map((ip) => ({ ip, internal, external, protocol })),
  );
}

/** What `published` says of ports, as a container's label keeps it: where it is not where the host listens, the addresses too. */
function portsLabel({ ports }: ServiceSpec, args: ServiceArgs): string {
  const elsewhere = (key: PublishedPort["key"]): string =>
    key === "front" || (args.front?.closed === true && isHttpPort(key))
      ? `${ELSEWHERE}${publishedAddresses(key, args).join(",")}`
      : "";
  return ports
    .map(
      ({ internal, external, protocol = "tcp", key }) =>
        `${String(external)}:${String(internal)}/${protocol}${elsewhere(key)}`,
    )
    .join(" ");
}

/**
 * Engines tell a port's addresses in an order of their own, and the provider takes another order for a change that
 * replaces the container. So where the container was made with these very ports, they are not compared: its labels are.
 */
function samePorts(spec: ServiceSpec, args: ServiceArgs): boolean {
  const { made, label } = args.listening;
  const had = made.get(containerName(spec.service));
  return had?.listen === label && had.ports === portsLabel(spec, args);
}

function imageReference(args: ServiceArgs, image: docker.RemoteImage): pulumi.Output<string> {
  return args.image.includes("@sha256:") ? image.name : image.imageId;
}

/** Of the settings that are read only at a start; no secret is among them. */
function settingsDigest(files: readonly ServiceFile[]): pulumi.Output<string> {
  const settings = files.filter(({ onChange }) => onChange === "replace");
  return pulumi
    .all(settings.map(({ name, content, counted }) => pulumi.output(counted ?? content).apply((text) => [name, text])))
    .apply((all) => createHash("sha256").update(JSON.stringify(all)).digest("hex"));
}

function inputs(
  spec: ServiceSpec,
  args: ServiceArgs,
  image: docker.RemoteImage,
  volumes: { readonly data: docker.Volume | undefined; readonly files: docker.Volume },
): docker.ContainerArgs {
  const { services, backup, front, agent, clients, logs } = args.environment;
  const doors = { door: clients?.haproxy, pooler: clients?.pgbouncer, keeper: clients?.keeper };
  const declared = {
    ...services,
    backup,
    front,
    agent,
    ...doors,
    ...exporterSettings(args.environment),
    collector: logs,
  };
  const memory = declared[spec.service]?.memory_mib;
  if (memory === undefined) throw new Error(`the environment does not declare ${spec.service}`);
  return {
    name: containerName(spec.service),
    hostname: spec.hostname ?? containerName(spec.service),
    image: imageReference(args, image),
    user: spec.user,
    ...(spec.entrypoint === undefined ? {} : { entrypoints: [...spec.entrypoint] }),
    ...(spec.command === undefined ? {} : { command: [...spec.command] }),
    envs: Object.entries(spec.variables ?? {}).map(([key, value]) => `${key}=${value}`),
    uploads: spec.uploads,
    volumes: [
      ...(volumes.data === undefined || spec.dataFolder === undefined
        ? []
        : [{ volumeName: volumes.data.name, containerPath: spec.dataFolder }]),
      { volumeName: volumes.files.name, containerPath: FILES_FOLDER, readOnly: true },
      ...(spec.otherVolumes ?? []),
    ],
    networksAdvanced: [
      { name: args.host.network.id, ...(spec.aliases === undefined ? {} : { aliases: [...spec.aliases] }) },
    ],
    ports: published(spec, args),
    ...(spec.dnsOptions === undefined ? {} : { dnsOpts: [...spec.dnsOptions] }),
    memory,
    memorySwap: memory,
    ...(spec.sharedMemoryMib === undefined ? {} : { shmSize: spec.sharedMemoryMib }),
    securityOpts: ["no-new-privileges:true"],
    capabilities: { drops: ["ALL"], ...(spec.capabilities === undefined ? {} : { adds: [...spec.capabilities] }) },
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    restart: "always",
    mustRun: true,
    stopSignal: spec.stopSignal ?? "SIGTERM",
    stopTimeout: spec.stopGraceSeconds,
    destroyGraceSeconds: spec.stopGraceSeconds,
    ...healthInputs(spec.healthCheck),
    labels: [
      { label: LABELS.environment, value: args.environment.name },
      { label: LABELS.host, value: args.view.self.name },
      { label: LABELS.service, value: spec.service },
      { label: LABELS.listen, value: args.listening.label },
      { label: LABELS.ports, value: portsLabel(spec, args) },
      { label: LABELS.settings, value: settingsDigest(spec.files) },
    ],
  };
}

/**
 * Declares one service on a host as children of its component: the image (kept when no longer used), the data volume
 * (protected unless told otherwise, and never deleted with the stack), the volume of its files, which goes with the stack and
 * is filled before the container starts, and the container, which may do nothing that needs a capability.
 * The root file system stays writable: the engine refuses uploads into a read-only one.
 */
export function declareService(
  parent: pulumi.ComponentResource,
  name: string,
  args: ServiceArgs,
  spec: ServiceSpec & { readonly dataFolder: string },
): ServiceResources {
  const volume = new docker.Volume(
    `${name}-data`,
    { name: volumeName(spec.service) },
    { parent, provider: args.host.provider, protect: spec.protectVolume ?? true, retainOnDelete: true },
  );
  return { volume, ...declareContainer(parent, name, args, spec, volume) };
}

/** As `declareService`, for a container that may have no data. */
export function declareContainer(
  parent: pulumi.ComponentResource,
  name: string,
  args: ServiceArgs,
  spec: ServiceSpec,
  volume?: docker.Volume,
): Omit<ServiceResources, "volume"> {
  const opts: pulumi.CustomResourceOptions = { parent, provider: args.host.provider };
  const image = new docker.RemoteImage(`${name}-image`, { name: args.image, keepLocally: true }, opts);
  const filesVolume = new docker.Volume(`${name}-files-volume`, { name: filesVolumeName(spec.service) }, opts);
  const files = new HostFiles(
    `${name}-files`,
    {
      self: args.view.self,
      service: spec.service,
      image: imageReference(args, image),
      user: spec.user,
      files: spec.files,
      reload: spec.reload,
    },
    { parent, dependsOn: [filesVolume] },
  );
  const container = new docker.Container(
    `${name}-container`,
    inputs(spec, args, image, { data: volume, files: filesVolume }),
    {
      ...opts,
      deleteBeforeReplace: true,
      dependsOn: [files],
      ignoreChanges: samePorts(spec, args) ? ["ports"] : [],
    },
  );
  return { image, files, container };
}

/** Where clients reach a port of the service's host. */
export function endpoint(args: ServiceArgs, externalPort: number): string {
  return hostPort(args.view.self.address, externalPort);
}

/** As `endpoint`, of a port that speaks HTTP: where that is closed, the host itself alone reaches it. */
export function httpEndpoint(args: ServiceArgs, externalPort: number): string {
  return args.front?.closed === true ? hostPort(LOOPBACK, externalPort) : endpoint(args, externalPort);
}
