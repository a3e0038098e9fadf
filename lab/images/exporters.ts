import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { CONTAINER_NAMES, isExporter, type ContainerName, type ExporterName } from "../../settings/services";

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { UNDERSTUDY_CACHE: own, XDG_CACHE_HOME: shared } = env;
  return own ?? path.join(shared ?? path.join(homedir(), ".cache"), "understudy");
}

/** Where `toolchain/setup.sh --only exporters` puts the program of an exporter. */
export function exporterProgram(name: ExporterName, env: NodeJS.ProcessEnv = process.env): string {
  return path.join(cacheFolder(env), "bin", `prometheus-${name}`);
}

/**
 * What the lab has images of: the exporters only where their programs have been fetched, so that a lab without them does not
 * wait for them.
 */
export function labContainers(env: NodeJS.ProcessEnv = process.env): readonly ContainerName[] {
  return CONTAINER_NAMES.filter((name) => !isExporter(name) || existsSync(exporterProgram(name, env)));
}
