import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { ContainerName } from "../../settings/services";
import type { BuildEngine } from "./engine";
import { fetchedProgram } from "./exporters";
import { RECIPES, rootfsHash, SERVER_TREES, serverTree, standInOf, type ServerTree } from "./recipes";

/** Where the Debian tree is kept in the engine: one image that the services' images share. */
const ROOTFS_REPOSITORY = "understudy-rootfs";

/** Name of the base image, after its recipe. */
export function baseImage(imagesFolder: string, tree: ServerTree = serverTree()): string {
  return `${ROOTFS_REPOSITORY}:${rootfsHash(imagesFolder, tree)}`;
}

/** Imports the Debian tree, unless the engine has it. */
export async function ensureBase(engine: BuildEngine, imagesFolder: string, rootfs: string): Promise<void> {
  if (await engine.hasImage(baseImage(imagesFolder))) return;
  await engine.importRoot(rootfs, ROOTFS_REPOSITORY, rootfsHash(imagesFolder, serverTree()));
}

function buildArguments(service: ContainerName): Record<string, string> {
  const tree = serverTree();
  if (service !== "timescaledb") return {};
  return { PG_MAJOR: String(SERVER_TREES[tree].postgres), STAND_IN: standInOf(service, tree) ?? "" };
}

/** Builds one service's image out of its folder, the program it needs, and an empty folder to copy from. */
export async function buildService(
  engine: BuildEngine,
  imagesFolder: string,
  service: ContainerName,
  parts: ReadonlyMap<string, string>,
  name: string,
): Promise<void> {
  const context = mkdtempSync(path.join(tmpdir(), `understudy-${service}-`));
  try {
    cpSync(path.join(imagesFolder, service), context, { recursive: true });
    mkdirSync(path.join(context, "empty"));
    const { program, debian, node } = RECIPES[service];
    if (node === true) copyFileSync(process.execPath, path.join(context, "node"));
    const fetched = fetchedProgram(service);
    if (fetched !== undefined) copyFileSync(fetched, path.join(context, path.basename(fetched)));
    const file = program === null ? undefined : parts.get(program);
    if (file !== undefined) copyFileSync(file, path.join(context, path.basename(file)));
    await engine.build(
      context,
      readdirSync(context),
      name,
      debian ? { BASE: baseImage(imagesFolder), ...buildArguments(service) } : {},
    );
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
