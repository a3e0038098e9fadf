import { existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { CONTAINER_NAMES, isExporter, type ContainerName } from "../../settings/services";

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { UNDERSTUDY_CACHE: own, XDG_CACHE_HOME: shared } = env;
  return own ?? path.join(shared ?? path.join(homedir(), ".cache"), "understudy");
}

/**
 * The program in the image of an exporter, or of the Collector, where `toolchain/setup.sh --only exporters` or `--only
 * collector` puts it; undefined for every other container.
 */
export function fetchedProgram(name: ContainerName, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (name === "collector") return path.join(cacheFolder(env), "bin", "otelcol");
  return isExporter(name) ? path.join(cacheFolder(env), "bin", `prometheus-${name}`) : undefined;
}

/**
 * Which build of its program an image is made from: the place and the size of what the cache has. Empty for a container
 * without such a program, or where it has not been fetched.
 */
export function programMark(name: ContainerName, env: NodeJS.ProcessEnv = process.env): string {
  const program = fetchedProgram(name, env);
  if (program === undefined || !existsSync(program)) return "";
  const file = realpathSync(program);
  return `${path.relative(realpathSync(cacheFolder(env)), file)} ${String(statSync(file).size)}`;
}

/**
 * What the lab has images of: exporters and Collector only where their programs have been fetched, so that a lab without them
 * does not wait for them.
 */
export function labContainers(env: NodeJS.ProcessEnv = process.env): readonly ContainerName[] {
  return CONTAINER_NAMES.filter((name) => {
    const program = fetchedProgram(name, env);
    return program === undefined || existsSync(program);
  });
}
