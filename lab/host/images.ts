import * as path from "node:path";
import type { ContainerName } from "../../settings/services";
import { buildService, ensureBase } from "../images/build";
import { BuildEngine } from "../images/engine";
import { labContainers } from "../images/exporters";
import { ensureParts } from "../images/parts";
import { imageTag, RECIPES, serverTree, standInOf, type PartName } from "../images/recipes";
import { copyFromUpstream, type CommandRunner } from "../images/upstream-copy";
import { UPSTREAM_IMAGES, upstreamTag, type UpstreamImages } from "../images/upstream";
import { seconds } from "./progress";
import { attempt } from "./run";

const IMAGES_FOLDER = path.join(__dirname, "../images");
const REGISTRY_TIMEOUT_MS = 5_000;

/** One service's image in the lab's registry. */
export interface LabImage {
  /** By digest: `10.91.0.1:5000/redis@sha256:…`. */
  readonly reference: string;
  /** What the image is, when it is not the real product; null when it is. */
  readonly standIn: string | null;
  readonly source: "upstream" | "local";
}

/** Where the images are to be, and who is told. */
export interface ImageOptions {
  /** The engine that builds, `unix://…`. */
  readonly dockerHost: string;
  /** The lab's registry as that engine and the operator reach it, `address:port`. */
  readonly registry: string;
  /** Receives lines for the person who waits. */
  readonly progress: (line: string) => void;
  /** Default: the images that the components are written for. */
  readonly upstream?: UpstreamImages;
  /** Runs `skopeo`. Default: on this machine. */
  readonly run?: CommandRunner;
}

/** What the lab's registry may hold for a service, the preferred one first. */
function candidates({ upstream = UPSTREAM_IMAGES }: ImageOptions, service: ContainerName): readonly Candidate[] {
  const tree = serverTree();
  const local = {
    tag: imageTag(IMAGES_FOLDER, service, tree),
    standIn: standInOf(service, tree),
    source: "local",
  } as const;
  // Nobody publishes an image with the tools of the backups.
  if (service === "backup" || tree !== "bookworm") return [local];
  return [{ tag: upstreamTag(upstream[service]), standIn: null, source: "upstream" }, local];
}

type Candidate = Omit<LabImage, "reference"> & { readonly tag: string };

async function findImage(
  engine: BuildEngine,
  options: ImageOptions,
  service: ContainerName,
): Promise<LabImage | undefined> {
  const repository = `${options.registry}/${service}`;
  const found = await Promise.all(
    candidates(options, service).map(async ({ tag, ...what }) => {
      const digest = await engine.digestOf(`${repository}:${tag}`, REGISTRY_TIMEOUT_MS);
      return digest === undefined ? undefined : { reference: `${repository}@${digest}`, ...what };
    }),
  );
  return found.find((image) => image !== undefined);
}

/** What the lab's registry has: copies of the present upstream images, and builds of the present recipes. Takes no time worth naming. */
export async function findImages(options: ImageOptions): Promise<ReadonlyMap<ContainerName, LabImage>> {
  const engine = new BuildEngine(options.dockerHost);
  const found = await Promise.all(
    labContainers().map(async (service) => [service, await findImage(engine, options, service)] as const),
  );
  return new Map(found.flatMap(([service, image]) => (image === undefined ? [] : [[service, image] as const])));
}

async function timed(
  { progress }: ImageOptions,
  what: string,
  doing: string,
  done: string,
  work: () => Promise<void>,
): Promise<void> {
  progress(`image ${what}: ${doing}`);
  const began = performance.now();
  await work();
  progress(`image ${what}: ${done} in ${seconds(performance.now() - began)}`);
}

async function buildAll(options: ImageOptions, services: readonly ContainerName[]): Promise<void> {
  const engine = new BuildEngine(options.dockerHost);
  const needed = services.flatMap((service): PartName[] => {
    const { debian, program } = RECIPES[service];
    return [...(debian ? (["rootfs"] as const) : []), ...(program === null ? [] : [program])];
  });
  const parts = await ensureParts([...new Set(needed)], options.progress);
  const rootfs = parts.get("rootfs");
  if (rootfs !== undefined) {
    await timed(options, "Debian tree", "importing (usually 10 s)", "imported", () =>
      ensureBase(engine, IMAGES_FOLDER, rootfs),
    );
  }
  for (const service of services) {
    const [repository, tag] = [`${options.registry}/${service}`, imageTag(IMAGES_FOLDER, service, serverTree())];
    await timed(options, service, "building and pushing (usually 1 to 20 s)", "pushed", async () => {
      await buildService(engine, IMAGES_FOLDER, service, parts, `${repository}:${tag}`);
      await engine.push(repository, tag);
    });
  }
}

/**
 * Makes sure that everything that the lab runs has an image in the lab's registry: what is there, else a copy of upstream's when its
 * registry answers, else one built here.
 * @throws Error in the engine's words when an image cannot be built or pushed, or is not in the registry afterwards.
 */
export async function ensureImages(options: ImageOptions): Promise<ReadonlyMap<ContainerName, LabImage>> {
  let images = await findImages(options);
  const missing = (): ContainerName[] => labContainers().filter((service) => !images.has(service));
  if (missing().length > 0) {
    const { upstream = UPSTREAM_IMAGES, run = attempt, registry, progress } = options;
    await copyFromUpstream({
      upstream,
      run,
      registry,
      progress,
      services: missing().filter((one) => one !== "backup"),
    });
    images = await findImages(options);
  }
  if (missing().length > 0) {
    options.progress(`images to build here: ${missing().join(", ")}`);
    await buildAll(options, missing());
    images = await findImages(options);
  }
  if (missing().length > 0) {
    throw new Error(
      `the registry ${options.registry} does not have ${missing().join(", ")}, though pushed; next: understudy lab up`,
    );
  }
  return images;
}
