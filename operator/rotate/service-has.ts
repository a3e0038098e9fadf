import { grafanaTakes } from "../../drills/services/grafana/admin-password";
import { openBackupContainer } from "../../drills/services/backup/backup-container";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { Has } from "./plan";
import type { Values } from "./values";

const KEYS_MS = 120_000;

/** What is known of a host before its Grafana is asked. */
export interface GrafanaAsked {
  readonly values: Values;
  /** What the files of its container have: before these have the new one nobody has told Grafana. */
  readonly files: Has;
  /** A run is at work. */
  readonly known: boolean;
}

/**
 * Which password a Grafana takes. It has one: what is not the new one is the former one's, or `other` where that is seen
 * before a run. Each wrong login counts in Grafana's own lock, so no more than one is tried in vain.
 */
export async function grafanaHas(
  host: NamedHost,
  { ports }: Pick<Environment, "ports">,
  { values: { old, fresh }, files, known }: GrafanaAsked,
  takes: typeof grafanaTakes = grafanaTakes,
): Promise<Has> {
  const likely = files === "both" || files === "new";
  const sides = [
    { has: "new", password: fresh },
    { has: "old", password: old },
  ] as const;
  try {
    for (const { has, password } of likely ? sides : [...sides].reverse()) {
      if (password === null || (known && has === "old")) continue;
      if (await takes(host, ports.grafana, password)) return has;
    }
    return known ? "old" : "other";
  } catch {
    return "unknown";
  }
}

/** Which passwords open the repository on a host, by what its container's files have. @throws nothing: `unknown` then */
export async function repositoryHas(host: NamedHost, environment: Environment, files: Has): Promise<Has> {
  const container = openBackupContainer(environment, host.name);
  try {
    return keysHave((await container.ask(["keys"], KEYS_MS)).split("\n"), files);
  } catch {
    return "unknown";
  } finally {
    container.close();
  }
}

/** The same from the names of the files whose passwords open it. Pure. */
export function keysHave(opens: readonly string[], files: Has): Has {
  const [now, before] = [opens.includes("backup"), opens.includes("backup.before")];
  if (files === "unknown") return "unknown";
  if (files === "both") return now && before ? "both" : now ? "new" : before ? "old" : "other";
  return now && files !== "other" ? files : "other";
}
