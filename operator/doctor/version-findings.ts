import { connectEngine } from "../../drills/hosts/engine";
import { readInContainer } from "../../drills/hosts/run-in-container";
import { GRAFANA_FLAWS, knownOf, REDIS_FLAWS, type KnownFlaw } from "../../settings/known-flaws";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { ServiceName } from "../../settings/services";
import { good, problem, type Finding } from "./finding";

const CHECK = "known flaws";

/** How a service's program says its version, and what is known of its versions. */
interface VersionQuestion {
  readonly service: ServiceName;
  readonly product: string;
  readonly command: readonly string[];
  /** Finds three numbers in what the program prints; another program prints something else. */
  readonly said: RegExp;
  readonly flaws: readonly KnownFlaw[];
}

const QUESTIONS = {
  redis: {
    service: "redis",
    product: "Redis",
    command: ["redis-server", "--version"],
    said: /^Redis server v=(\d+\.\d+\.\d+) /,
    flaws: REDIS_FLAWS,
  },
  grafana: {
    service: "grafana",
    product: "Grafana",
    command: ["grafana", "server", "-v"],
    said: /^(?:grafana )?version (\d+\.\d+\.\d+)(?![\d+-])/i,
    flaws: GRAFANA_FLAWS,
  },
} as const satisfies Readonly<Record<string, VersionQuestion>>;

/** Whether a host's programs have a critical flaw that is known; nothing where a container does not say what it is. */
export async function versionFindings(host: NamedHost): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const found = Object.values(QUESTIONS).map(async (question) => {
      const said = await readInContainer(engine.docker, containerName(question.service), question.command);
      return findingOf(question, host.name, said);
    });
    // A host, an engine or a container that does not answer is another finding's.
    return (await Promise.allSettled(found)).flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  } finally {
    engine.close();
  }
}

/**
 * What is said of a version of Redis; nothing where nothing is known of it. Pure.
 * @param said what `redis-server --version` prints, such as `Redis server v=7.2.5 sha=…`
 */
export function redisFinding(host: string, said: string): readonly Finding[] {
  return findingOf(QUESTIONS.redis, host, said);
}

/**
 * The same of Grafana. Pure.
 * @param said what `grafana server -v` prints, such as `Version 11.1.4 (commit: …, branch: …)`
 */
export function grafanaFinding(host: string, said: string): readonly Finding[] {
  return findingOf(QUESTIONS.grafana, host, said);
}

function findingOf({ product, said: form, flaws }: VersionQuestion, host: string, said: string): readonly Finding[] {
  const [, version = ""] = form.exec(said) ?? [];
  const known = knownOf(version, flaws);
  if (known === undefined) return [];
  if (known.flaws.length === 0)
    return [good(CHECK, host, `${product} ${version} has none of the flaws that are known here`)];
  const words = known.flaws.map(({ name, what }) => `${name} (${what})`).join(", ");
  return [
    problem(
      CHECK,
      host,
      `${product} ${version} has ${words}`,
      `name an image of ${product} ${known.mendedIn} or later in the environment file, then understudy up --execute`,
    ),
  ];
}
