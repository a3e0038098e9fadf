import { connectEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { knownOf } from "../../settings/known-flaws";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { good, problem, type Finding } from "./finding";

const CHECK = "known flaws";

/** Whether a host's Redis has a critical flaw that is known; nothing where its container does not say what it is. */
export async function versionFindings(host: NamedHost): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const said = await readInContainer(engine.docker, containerName("redis"), ["redis-server", "--version"]);
    return redisFinding(host.name, said);
  } catch {
    // A host, an engine or a container that does not answer is another finding's.
    return [];
  } finally {
    engine.close();
  }
}

/**
 * What is said of a version of Redis; nothing where nothing is known of it. Pure.
 * @param said what `redis-server --version` prints, such as `Redis server v=7.2.5 sha=…`
 */
export function redisFinding(host: string, said: string): readonly Finding[] {
  const [, version = ""] = /^Redis server v=(\d+\.\d+\.\d+) /.exec(said) ?? [];
  const known = knownOf(version);
  if (known === undefined) return [];
  if (known.flaws.length === 0)
    return [good(CHECK, host, `Redis ${version} has none of the flaws that are known here`)];
  const flaws = known.flaws.map(({ name, what }) => `${name} (${what})`).join(", ");
  return [
    problem(
      CHECK,
      host,
      `Redis ${version} has ${flaws}`,
      `name an image of Redis ${known.mendedIn} or later in the environment file, then understudy up --execute`,
    ),
  ];
}
