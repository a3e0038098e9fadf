import type Docker from "dockerode";
import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { filesAreThere } from "../../drills/hosts/files-volume";
import { isFilesVolume } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { CONTAINER_NAMES, type ContainerName } from "../../settings/services";
import type { StateResource } from "./stack-state";

const LIST_MS = 20_000;
const FILES = "pulumi-nodejs:dynamic/understudy:HostFiles";

/** What a host's engine has, by the ids that the state knows them by. */
export interface OnHost {
  readonly containers: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
  /** By name. */
  readonly volumes: ReadonlySet<string>;
  /** The containers whose passwords and settings are whole, by service. */
  readonly files: ReadonlySet<string>;
}

/**
 * What of a stack its host no longer has, such as a container that was removed by hand. An engine run trusts the state: it
 * would leave such a thing away, or fail over what needs it. Volumes of data are not among them: those do not come back.
 * Volumes of passwords and settings do, and with each what fills it.
 * @returns nothing where the host does not answer: the engine run says so itself
 */
export async function goneFrom(
  host: NamedHost,
  resources: readonly StateResource[],
): Promise<readonly StateResource[]> {
  if (!resources.some(({ type }) => type.startsWith("docker:"))) return [];
  const engine = connectEngine(host);
  try {
    const { docker } = engine;
    const [containers, networks, images, { Volumes: volumes }] = await bounded(
      `${host.name}: Docker engine`,
      LIST_MS,
      Promise.all([
        docker.listContainers({ all: true }),
        docker.listNetworks(),
        docker.listImages({ all: true }),
        docker.listVolumes(),
      ]),
    );
    return goneAmong(resources, {
      containers: new Set(containers.map(({ Id }) => Id)),
      networks: new Set(networks.map(({ Id }) => Id)),
      images: new Set(images.map(({ Id }) => Id)),
      // An engine without any volume says null.
      volumes: new Set(((volumes as typeof volumes | null) ?? []).map(({ Name }) => Name)),
      files: await filesOn(docker, host, resources),
    });
  } catch {
    return [];
  } finally {
    engine.close();
  }
}

async function filesOn(
  docker: Docker,
  host: NamedHost,
  resources: readonly StateResource[],
): Promise<ReadonlySet<string>> {
  const services = resources.flatMap(({ type, outputs: { service } }) =>
    type === FILES && CONTAINER_NAMES.some((one) => one === service) ? [service as ContainerName] : [],
  );
  const there = await bounded(
    `${host.name}: Docker engine`,
    LIST_MS,
    Promise.all(services.map((service) => filesAreThere(docker, host.name, service))),
  );
  return new Set(services.filter((_service, at) => there[at]));
}

/** Those of a state's resources that are not on the host any more; one whose id the state does not tell is not among them. Pure. */
export function goneAmong(resources: readonly StateResource[], on: OnHost): readonly StateResource[] {
  const there: Readonly<Record<string, (one: StateResource) => boolean>> = {
    "docker:index/container:Container": ({ id }) => id === undefined || on.containers.has(id),
    "docker:index/network:Network": ({ id }) => id === undefined || on.networks.has(id),
    // The state's id of an image is the engine's with the name behind it.
    "docker:index/remoteImage:RemoteImage": ({ outputs: { imageId } }) =>
      typeof imageId !== "string" || on.images.has(imageId),
    "docker:index/volume:Volume": ({ outputs: { name } }) =>
      typeof name !== "string" || !isFilesVolume(name) || on.volumes.has(name),
    [FILES]: ({ outputs: { service } }) => typeof service !== "string" || on.files.has(service),
  };
  return resources.filter((one) => there[one.type]?.(one) === false);
}
