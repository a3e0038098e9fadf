import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { SERVICE_NAMES, type ServiceName } from "../settings/services";
import { hasImage, pullImage } from "./engine-api";
import { HOST_A, LAB_FILES, LAB_HOSTS, REGISTRY, type LabHost } from "./layout";
import type { Part, Progress } from "./progress";

/** One image as the registry offers it: by digest, with what it stands in for, and where it came from. */
export interface SuppliedImage {
  readonly reference: string;
  readonly standIn: string | null | undefined;
  readonly source: string;
}

interface ImageModule {
  ensureImages(options: {
    dockerHost: string;
    registry: string;
    progress: Progress;
  }): Promise<Record<ServiceName, SuppliedImage>>;
}

const referencesSchema = z.record(z.enum(SERVICE_NAMES), z.string());

/** Image reference of each service as the images file has them; undefined when the file is missing or incomplete. */
export function readReferences(file: string): Record<ServiceName, string> | undefined {
  if (!existsSync(file)) return undefined;
  return referencesSchema.safeParse(parse(readFileSync(file, "utf8"))).data;
}

async function registryHas(reference: string): Promise<boolean> {
  const [, name, digest] = /^[^/]+\/(.+)@(sha256:[0-9a-f]+)$/.exec(reference) ?? [];
  if (name === undefined || digest === undefined) return false;
  const answer = await fetch(`http://${REGISTRY}/v2/${name}/manifests/${digest}`, {
    method: "HEAD",
    headers: {
      accept: "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json",
    },
    signal: AbortSignal.timeout(5_000),
  });
  return answer.ok;
}

async function inspectSupply(): Promise<string | undefined> {
  const references = readReferences(LAB_FILES.images);
  if (references === undefined) return `${path.basename(LAB_FILES.images)} is missing or incomplete`;
  const there = await Promise.all(SERVICE_NAMES.map((name) => registryHas(references[name])));
  const missing = SERVICE_NAMES.filter((_, index) => there[index] === false);
  return missing.length === 0 ? undefined : `the registry lacks ${missing.join(", ")}`;
}

async function supply(progress: Progress): Promise<void> {
  const { ensureImages } = require("./images") as ImageModule;
  const images = await ensureImages({ dockerHost: `unix://${HOST_A.socket}`, registry: REGISTRY, progress });
  const references = Object.fromEntries(SERVICE_NAMES.map((name) => [name, images[name].reference]));
  writeFileSync(LAB_FILES.images, stringify(references));
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
export function imageParts(progress: Progress): readonly Part[] {
  if (!existsSync(path.join(__dirname, "images.ts"))) return [];
  return [
    { name: "images", inspect: inspectSupply, repair: () => supply(progress) },
    ...LAB_HOSTS.map((host) => pulledPart(host)),
  ];
}
