import type { Readiness } from "../../evidence/readiness";
import { hostPort, LOOPBACK } from "../../settings/address";
import { DASHBOARD_UIDS } from "../../settings/dashboards";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { openStacks } from "../failover/pair-stacks";
import { readReadiness, type ReadinessPlaces } from "../readiness/read-readiness";

/** What a drill leaves a person with: whether the pair is ready, and where to see it. */
export interface DrillClosing {
  readonly readiness: Pick<Readiness, "ready" | "reasons" | "validUntil">;
  readonly dashboards: Dashboards;
}

/** How a person comes to the dashboards: a port of a host's loopback through SSH, then a page. */
export interface Dashboards {
  /** The words that lead to Grafana of each host, one of which is enough; the primary's first where that is known. */
  readonly forwards: readonly { readonly host: string; readonly words: readonly string[] }[];
  /** Behind any of them: whether the pair is ready, and much else. */
  readonly url: string;
  /** The page of the drill; undefined where its id is not known. */
  readonly drillUrl: string | undefined;
}

/** What is known of the drill that is closed. */
export interface ClosedDrill {
  /** Who is primary after it; undefined where nobody knows. */
  readonly primary: string | undefined;
  readonly id: string | undefined;
}

/**
 * The way to Grafana, which always listens on its host's loopback, and nowhere else where the pair has certificates. The
 * connection is one of its own: whatever the configuration shares, nobody's session goes through it. Pure.
 */
export function dashboards(environment: Environment, { primary, id }: ClosedDrill): Dashboards {
  const port = environment.ports.grafana;
  const page = (uid: string): string => `http://${hostPort(LOOPBACK, port)}/d/${uid}`;
  const forward = `${String(port)}:${hostPort(LOOPBACK, port)}`;
  return {
    forwards: namedHosts(environment)
      .map((host) => ({ host: host.name, words: ["ssh", ...sshWords(host), "-N", "-L", forward, destination(host)] }))
      .sort((one, other) => Number(other.host === primary) - Number(one.host === primary)),
    url: page(DASHBOARD_UIDS.pair),
    drillUrl: id === undefined ? undefined : `${page(DASHBOARD_UIDS.drill)}?var-drill=${encodeURIComponent(id)}`,
  };
}

function sshWords({ docker, ssh_config }: NamedHost): readonly string[] {
  const { port } = new URL(docker);
  return [...(ssh_config === undefined ? [] : ["-F", ssh_config]), "-S", "none", ...(port === "" ? [] : ["-p", port])];
}

function destination({ docker }: NamedHost): string {
  const { username, hostname } = new URL(docker);
  const name = hostname.replace(/^\[|\]$/g, "");
  return username === "" ? name : `${decodeURIComponent(username)}@${name}`;
}

/** Never throws: what cannot be read is not ready, with the reason. */
export async function drillClosing(places: Omit<ReadinessPlaces, "stacks">, drill: ClosedDrill): Promise<DrillClosing> {
  const shown = dashboards(places.environment, drill);
  try {
    const { stacks } = await openStacks(places.environment);
    return { readiness: await readReadiness({ ...places, stacks }, new Date()), dashboards: shown };
  } catch (error) {
    const reasons = [`it could not be read: ${messageOf(error)}`];
    return { readiness: { ready: false, reasons, validUntil: null }, dashboards: shown };
  }
}
