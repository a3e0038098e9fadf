import type { Environment } from "./environment";
import { DATA_ROOT } from "./names";

/** Port of the Collector's own metrics in its container. */
export const COLLECTOR_METRICS = { inside: 8888, path: "/metrics" } as const;

/** Where Loki takes OTLP over HTTP. */
export const LOKI_OTLP_PATH = "/otlp/v1/logs";

/** What of a line's resource makes its stream in Loki; all else is metadata of the line. */
export const LOG_LABELS = ["host", "service", "role"] as const;

/** Where the Collector has its data: its queues, and below `roles` what the agent says of the host. */
export const COLLECTOR_FOLDER = "/var/lib/otelcol";

/** Where the Collector has the engine's folder of containers, for reading. */
export const ENGINE_LOGS = "/engine/containers";

/**
 * Folder in which the agent keeps one link, named after the host's role, to `ENGINE_LOGS`: the Collector reads every log by
 * a path through it, so that a line has the role that the host has when it is read.
 */
export const ROLES_FOLDER = "roles";

/** Where the agent has the volume of the Collector. */
export const ROLES_IN_AGENT = "/collector";

/** Docker's folder of containers on a host. */
export function containersFolder({ logs }: Pick<Environment, "logs">, host: string): string {
  return `${logs?.data_roots[host] ?? DATA_ROOT}/containers`;
}

/** Why an environment cannot have the Collector; undefined when it can, or asks for none. Pure. */
export function logsProblem(environment: {
  readonly logs?: LogsOf | undefined;
  readonly agent?: unknown;
  readonly hosts: object;
}): string | undefined {
  const { logs, agent, hosts } = environment;
  if (logs === undefined) return undefined;
  if (agent === undefined)
    return "logs: the role of the host, a label of every line, is what its agent sees; next: add the section agent";
  const strange = Object.keys(logs.data_roots).find((name) => !Object.hasOwn(hosts, name));
  return strange === undefined ? undefined : `logs.data_roots: there is no host ${strange}; next: take it out`;
}

type LogsOf = Pick<NonNullable<Environment["logs"]>, "data_roots">;
