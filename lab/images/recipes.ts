import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { ServiceName } from "../../settings/services";

/** A large ingredient that `parts.sh` makes and caches: the Debian tree under an image, or the program in it. */
export type PartName = "rootfs" | "loki" | "tempo" | "grafana";

/** How the lab builds the image of one service when upstream's cannot be had. */
export interface Recipe {
  /** True when the image stands on the Debian tree; otherwise it holds nothing but its program. */
  readonly debian: boolean;
  /** The program to put beside the Dockerfile, when it is not Debian's. */
  readonly program: PartName | null;
  /** What the image stands in for, when it is not the real product. */
  readonly standIn: string | null;
}

export const RECIPES: Readonly<Record<ServiceName, Recipe>> = {
  redis: { debian: true, program: null, standIn: null },
  timescaledb: { debian: true, program: null, standIn: "PostgreSQL 15 without the TimescaleDB extension" },
  prometheus: { debian: true, program: null, standIn: null },
  alertmanager: { debian: true, program: null, standIn: null },
  loki: { debian: false, program: "loki", standIn: null },
  tempo: { debian: false, program: "tempo", standIn: null },
  grafana: {
    debian: true,
    program: "grafana",
    standIn: "an HTTP service with Grafana's health and dashboard endpoints; not Grafana",
  },
};

/** Names and contents of the files under `folder`, in a stable order. */
function filesOf(folder: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [path.relative(folder, file), readFileSync(file)]);
}

/** 16 hexadecimal digits over everything in `folders`: another name or another byte gives another hash. */
export function hashOfFolders(folders: readonly string[]): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    for (const [name, content] of filesOf(folder)) hash.update(`${name}\0${content.length}\0`).update(content);
    hash.update("\0\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Hash of the Debian tree's own recipe, in the folder of images. */
export function rootfsHash(imagesFolder: string): string {
  return hashOfFolders([path.join(imagesFolder, "base")]);
}

/** The tag under which a service's image lies in the lab's registry: it changes when the recipe does. */
export function imageTag(imagesFolder: string, service: ServiceName): string {
  const folders = [service, ...(RECIPES[service].debian ? ["base"] : [])];
  return `lab-${hashOfFolders(folders.map((folder) => path.join(imagesFolder, folder)))}`;
}
