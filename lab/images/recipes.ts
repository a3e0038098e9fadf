import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import type { ContainerName } from "../../settings/services";
import { programMark } from "./exporters";

/** A program of this project, in the Go module `stand-ins`, that stands in for one of the same name. */
type StandInProgram = "grafana" | "loki" | "tempo";

/** A large ingredient that `parts.sh` makes and caches: the Debian tree under an image, or the program in it. */
export type PartName = "rootfs" | StandInProgram;

/** How the lab builds the image of one service when upstream's cannot be had. */
export interface Recipe {
  /** True when the image stands on the Debian tree; otherwise it holds nothing but its program. */
  readonly debian: boolean;
  /** The program to put beside the Dockerfile, when it is not Debian's. */
  readonly program: StandInProgram | null;
  /** True when it runs on this machine's Node, which is put beside the Dockerfile. */
  readonly node?: true;
  /** What the image stands in for, when it is not the real product. */
  readonly standIn: string | null;
}

/** How the image of each container is built where upstream's cannot be had. */
export const RECIPES: Readonly<Record<ContainerName, Recipe>> = {
  redis: { debian: true, program: null, standIn: null },
  timescaledb: { debian: true, program: null, standIn: "PostgreSQL 15 without the TimescaleDB extension" },
  prometheus: { debian: true, program: null, standIn: null },
  alertmanager: { debian: true, program: null, standIn: null },
  loki: {
    debian: false,
    program: "loki",
    standIn: "an HTTP service with Loki's push, query and flush endpoints; not Loki",
  },
  tempo: {
    debian: true,
    program: "tempo",
    standIn: "an HTTP service with Tempo's span, trace and flush endpoints; not Tempo",
  },
  grafana: {
    debian: true,
    program: "grafana",
    standIn: "an HTTP service with Grafana's health and dashboard endpoints; not Grafana",
  },
  backup: { debian: true, program: null, standIn: null },
  front: { debian: true, program: null, standIn: null },
  agent: { debian: true, program: null, standIn: null, node: true },
  "postgres-exporter": { debian: true, program: null, standIn: null },
  "redis-exporter": { debian: true, program: null, standIn: null },
  "node-exporter": { debian: true, program: null, standIn: null },
  collector: { debian: false, program: null, standIn: null },
  door: { debian: true, program: null, standIn: null },
  pooler: { debian: true, program: null, standIn: "Debian's PgBouncer, which is older than the one that is shipped" },
  keeper: { debian: true, program: null, standIn: null, node: true },
};

/**
 * The servers that the lab may run, each from a Debian tree of its own: the major version of PostgreSQL in it, and what runs
 * in the place of Redis. `bookworm` is what everything is tested with; docs/VERSIONS.md says what was tried on the others.
 */
export const SERVER_TREES = {
  bookworm: { postgres: 15, redis: null },
  trixie: { postgres: 17, redis: null },
  valkey: { postgres: 17, redis: "Valkey, in the place of Redis" },
  sid: { postgres: 18, redis: "Valkey, in the place of Redis" },
} as const;

/** One of these trees. */
export type ServerTree = keyof typeof SERVER_TREES;

/** The variable of the environment that says which servers the lab is to have. */
export const TREE_VARIABLE = "UNDERSTUDY_LAB_SERVERS";

/** The tree that the environment asks for. @throws Error naming the variable, when it is none */
export function serverTree(env: NodeJS.ProcessEnv = process.env): ServerTree {
  const name = env[TREE_VARIABLE] ?? "";
  if (name === "") return "bookworm";
  const found = (Object.keys(SERVER_TREES) as ServerTree[]).find((one) => one === name);
  if (found !== undefined) return found;
  throw new Error(`${TREE_VARIABLE} is ${name}; next: one of ${Object.keys(SERVER_TREES).join(", ")}`);
}

/** What an image of the lab stands in for with these servers, when it is not the real product. */
export function standInOf(service: ContainerName, tree: ServerTree): string | null {
  if (service === "timescaledb")
    return `PostgreSQL ${String(SERVER_TREES[tree].postgres)} without the TimescaleDB extension`;
  if (service === "redis") return SERVER_TREES[tree].redis;
  return RECIPES[service].standIn;
}

/** The files at `source`, which is a file or a folder, in a stable order. */
function filesAt(source: string): readonly string[] {
  if (statSync(source).isFile()) return [source];
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/**
 * 16 hexadecimal digits over files and folders: another name, another byte or another executable bit gives another
 * hash; the place of the checkout does not count.
 */
export function hashOfSources(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesAt(source)) {
      const content = readFileSync(file);
      const mark = (statSync(file).mode & 0o111) === 0 ? "file" : "program";
      hash.update(`${path.relative(source, file)}\0${mark}\0${content.length}\0`).update(content);
    }
    hash.update("\0\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Hash of the Debian tree's own recipe, in the folder of images, with the servers in it. */
export function rootfsHash(imagesFolder: string, tree: ServerTree): string {
  const hash = hashOfSources([path.join(imagesFolder, "base")]);
  return tree === "bookworm" ? hash : `${tree}-${hash}`;
}

/** The tag under which a service's image lies in the lab's registry: it changes when the recipe does, or the program or the Node in it. */
export function imageTag(imagesFolder: string, service: ContainerName, tree: ServerTree = "bookworm"): string {
  const { debian, program, node } = RECIPES[service];
  const sources = [service, ...(debian ? ["base"] : []), ...(program === null ? [] : ["parts.sh", "stand-ins"])];
  const ofSources = hashOfSources(sources.map((source) => path.join(imagesFolder, source)));
  const mark = programMark(service);
  const hash = mark === "" ? ofSources : createHash("sha256").update(`${ofSources} ${mark}`).digest("hex").slice(0, 16);
  const tag = debian && tree !== "bookworm" ? `lab-${tree}-${hash}` : `lab-${hash}`;
  return node === true ? `${tag}-${process.version}` : tag;
}
