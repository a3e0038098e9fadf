import * as path from "node:path";
import { SERVICE_NAMES, type ServiceName } from "../settings/services";
import { buildService, ensureBase } from "./images/build";
import { BuildEngine } from "./images/engine";
import { ensureParts } from "./images/parts";
import { imageTag, RECIPES, type PartName } from "./images/recipes";
import { pinned, UPSTREAM_IMAGES } from "./images/upstream";

const IMAGES_FOLDER = path.join(__dirname, "images");

/** How long an upstream registry may take to say what it has, in milliseconds: no lab waits for one that is not there. */
const UPSTREAM_TIMEOUT_MS = 2_500;
const REGISTRY_TIMEOUT_MS = 5_000;

export interface LabImage {
  /** By digest: `10.91.0.1:5000/redis@sha256:…`, or upstream's repository. */
  readonly reference: string;
  /** What the image is, when it is not the real product; null when it is. */
  readonly standIn: string | null;
  readonly source: "upstream" | "local";
}

export interface ImageOptions {
  /** The engine that builds, `unix://…`. */
  readonly dockerHost: string;
  /** The lab's registry as that engine reaches it, `address:port`. */
  readonly registry: string;
  /** Receives lines for the person who waits. */
  readonly progress: (line: string) => void;
}

function localImage(options: ImageOptions, service: ServiceName, digest: string): LabImage {
  return {
    reference: `${options.registry}/${service}@${digest}`,
    standIn: RECIPES[service].standIn,
    source: "local",
  };
}

/** What the lab's registry has of the present recipes. */
async function inRegistry(engine: BuildEngine, options: ImageOptions): Promise<Map<ServiceName, LabImage>> {
  const found = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const name = `${options.registry}/${service}:${imageTag(IMAGES_FOLDER, service)}`;
      const digest = await engine.digestOf(name, REGISTRY_TIMEOUT_MS);
      return digest === undefined ? [] : [[service, localImage(options, service, digest)] as const];
    }),
  );
  return new Map(found.flat());
}

/** Upstream's images by digest; none when the registry does not answer at once for the first of them. */
async function fromUpstream(engine: BuildEngine): Promise<Map<ServiceName, LabImage>> {
  const digestOf = (service: ServiceName): Promise<string | undefined> =>
    engine.digestOf(UPSTREAM_IMAGES[service], UPSTREAM_TIMEOUT_MS);
  if ((await digestOf("redis")) === undefined) return new Map();
  const found = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const digest = await digestOf(service);
      if (digest === undefined) return [];
      const reference = pinned(UPSTREAM_IMAGES[service], digest);
      return [[service, { reference, standIn: null, source: "upstream" } as const] as const];
    }),
  );
  return new Map(found.flat());
}

async function buildAll(
  engine: BuildEngine,
  options: ImageOptions,
  services: readonly ServiceName[],
): Promise<Map<ServiceName, LabImage>> {
  const needed = services.flatMap((service): PartName[] => {
    const { debian, program } = RECIPES[service];
    return [...(debian ? (["rootfs"] as const) : []), ...(program === null ? [] : [program])];
  });
  const parts = await ensureParts([...new Set(needed)], options.progress);
  const rootfs = parts.get("rootfs");
  if (rootfs !== undefined) await ensureBase(engine, IMAGES_FOLDER, rootfs);
  const built = new Map<ServiceName, LabImage>();
  for (const service of services) {
    const [repository, tag] = [`${options.registry}/${service}`, imageTag(IMAGES_FOLDER, service)];
    options.progress(`image ${service}: building and pushing (usually 3 to 30 s)`);
    await buildService(engine, IMAGES_FOLDER, service, parts, `${repository}:${tag}`);
    built.set(service, localImage(options, service, await engine.push(repository, tag)));
  }
  return built;
}

/**
 * Makes sure that every service has an image: what the lab's registry has of the present recipes, else upstream's when
 * its registry answers, else one built here and pushed to the lab's registry.
 * @throws Error in the engine's words when an image cannot be built or pushed.
 */
export async function ensureImages(options: ImageOptions): Promise<Record<ServiceName, LabImage>> {
  const engine = new BuildEngine(options.dockerHost);
  const images = await inRegistry(engine, options);
  const missing = (): ServiceName[] => SERVICE_NAMES.filter((service) => !images.has(service));
  if (missing().length > 0) {
    for (const [service, image] of await fromUpstream(engine)) if (!images.has(service)) images.set(service, image);
  }
  if (missing().length > 0) {
    options.progress(`images to build here, no upstream registry answers: ${missing().join(", ")}`);
    for (const [service, image] of await buildAll(engine, options, missing())) images.set(service, image);
  }
  return Object.fromEntries(images) as Record<ServiceName, LabImage>;
}
