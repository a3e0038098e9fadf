import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { SERVICE_NAMES, type ServiceName } from "../settings/services";
import { hasImage, pullImage } from "./engine-api";
import { ensureImages } from "./images";
import { HOST_A, LAB_FILES, LAB_HOSTS, REGISTRY, type LabHost } from "./layout";
import type { Part, Progress } from "./progress";

const referencesSchema = z.record(z.enum(SERVICE_NAMES), z.string());

/** Image reference of each service as the images file has them; undefined when the file is missing or incomplete. */
export function readReferences(file: string): Record<ServiceName, string> | undefined {
  if (!existsSync(file)) return undefined;
  return referencesSchema.safeParse(parse(readFileSync(file, "utf8"))).data;
}

/** What makes sure of an image also finds out whether it is there: it returns at once when the registry has them all. */
async function supplied(progress: Progress): Promise<Record<ServiceName, string>> {
  const images = await ensureImages({ dockerHost: `unix://${HOST_A.socket}`, registry: REGISTRY, progress });
  return referencesSchema.parse(Object.fromEntries(SERVICE_NAMES.map((name) => [name, images[name].reference])));
}

function supplyPart(progress: Progress): Part {
  let references: Record<ServiceName, string> | undefined;
  return {
    name: "images",
    inspect: async () => {
      references = await supplied(progress);
      const known = readReferences(LAB_FILES.images);
      const changed = SERVICE_NAMES.filter((name) => known?.[name] !== references?.[name]);
      return changed.length === 0 ? undefined : `new: ${changed.join(", ")}`;
    },
    repair: async () => {
      references ??= await supplied(progress);
      writeFileSync(LAB_FILES.images, stringify(references));
    },
  };
}

async function missingOn(host: LabHost): Promise<readonly string[]> {
  const references = [...new Set(Object.values(readReferences(LAB_FILES.images) ?? {}))];
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
