import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { imagesFileSchema, type SuppliedImage } from "../../settings/load-environment";
import type { ContainerName } from "../../settings/services";
import { labContainers } from "../images/exporters";
import { hasImage, pullImage } from "./engine-api";
import { ensureImages, findImages, type ImageOptions, type LabImage } from "./images";
import { HOST_A, LAB_FILES, LAB_HOSTS, REGISTRY, type LabHost } from "./layout";
import type { Part, Progress } from "./progress";

type Supply = Readonly<Partial<Record<ContainerName, SuppliedImage>>>;

/** The images that the lab's images file names; none when the file is missing, damaged or in another form. */
export function readSupply(file: string): Supply {
  if (!existsSync(file)) return {};
  try {
    return imagesFileSchema.safeParse(parse(readFileSync(file, "utf8"))).data ?? {};
  } catch {
    return {};
  }
}

/** What the images file says of images that are in the registry. */
export function supplyOf(images: ReadonlyMap<ContainerName, LabImage>): Supply {
  return Object.fromEntries(
    [...images].map(([service, { reference, standIn }]) => [service, { image: reference, stand_in: standIn }]),
  );
}

/** Services for which the images file does not name what the registry has; a changed recipe is one the registry does not have. */
export function staleServices(known: Supply, registry: Supply): readonly ContainerName[] {
  return labContainers().filter((service) => {
    const [before, now] = [known[service], registry[service]];
    return now === undefined || before?.image !== now.image || before.stand_in !== now.stand_in;
  });
}

function supplyPart(progress: Progress): Part {
  const options: ImageOptions = { dockerHost: `unix://${HOST_A.socket}`, registry: REGISTRY, progress };
  return {
    name: "images",
    inspect: async () => {
      const stale = staleServices(readSupply(LAB_FILES.images), supplyOf(await findImages(options)));
      return stale.length === 0 ? undefined : `new: ${stale.join(", ")}`;
    },
    repair: async () => {
      const images = await ensureImages(options);
      const supply = supplyOf(images);
      writeFileSync(LAB_FILES.images, stringify(supply, { lineWidth: 0 }));
    },
  };
}

async function missingOn(host: LabHost): Promise<readonly string[]> {
  const references = labContainers().flatMap((service) => readSupply(LAB_FILES.images)[service]?.image ?? []);
  const there = await Promise.all(references.map((reference) => hasImage(host.socket, reference)));
  return references.filter((_, index) => there[index] === false);
}

async function pullMissing(host: LabHost): Promise<void> {
  for (const reference of await missingOn(host)) await pullImage(host.socket, reference);
}

function pulledPart(host: LabHost): Part {
  return {
    name: `${host.name} images`,
    inspect: async () => {
      const missing = await missingOn(host);
      return missing.length === 0 ? undefined : `${missing.length} to pull`;
    },
    repair: () => pullMissing(host),
  };
}

/** The images of all services: in the registry first, then on both hosts, so that the first `pulumi up` need not wait for them. */
export function imageStages(progress: Progress): readonly (readonly Part[])[] {
  return [[supplyPart(progress)], LAB_HOSTS.map(pulledPart)];
}
