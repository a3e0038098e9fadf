import type { Readiness } from "../../evidence/readiness";
import { hostPort } from "../../settings/address";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { openStacks } from "../failover/pair-stacks";
import { readReadiness, type ReadinessPlaces } from "../readiness/read-readiness";

/** What a drill leaves a person with: whether the pair is ready, and where to see it. */
export interface DrillClosing {
  readonly readiness: Pick<Readiness, "ready" | "reasons" | "validUntil">;
  /** Grafana of every host, the primary's first where that is known. */
  readonly dashboards: readonly { readonly host: string; readonly url: string }[];
}

/** Where Grafana of each host answers. Pure. @param primary undefined where it is not known */
export function dashboards(environment: Environment, primary: string | undefined): DrillClosing["dashboards"] {
  return namedHosts(environment)
    .map(({ name, address }) => ({ host: name, url: `http://${hostPort(address, environment.ports.grafana)}/` }))
    .sort((one, other) => Number(other.host === primary) - Number(one.host === primary));
}

/** Never throws: what cannot be read is not ready, with the reason. */
export async function drillClosing(
  places: Omit<ReadinessPlaces, "stacks">,
  primary: string | undefined,
): Promise<DrillClosing> {
  const shown = dashboards(places.environment, primary);
  try {
    const { stacks } = await openStacks(places.environment);
    return { readiness: await readReadiness({ ...places, stacks }, new Date()), dashboards: shown };
  } catch (error) {
    const reasons = [`it could not be read: ${messageOf(error)}`];
    return { readiness: { ready: false, reasons, validUntil: null }, dashboards: shown };
  }
}
