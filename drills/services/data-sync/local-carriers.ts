import type { CarriedService } from "../../../settings/services";
import type { HostSessions } from "../../hosts/sessions";
import { startCarrier } from "./carrier";
import { ON_THE_HOST, routeOf, type Carriers } from "./route";

/** Where the carrier sees the volume that the data come from. */
const OTHER = "/other";

/**
 * Both sides of a transfer on one host: one carrier, which sees the service's volume and the one that its data come from,
 * so that nothing passes through the operator's machine. Removing `to` removes it.
 */
export async function startLocalCarriers(
  target: Pick<HostSessions, "host" | "engine">,
  service: CarriedService,
  volume: string,
): Promise<Carriers> {
  const to = await startCarrier(target, {
    name: `understudy-carrier-${service}`,
    otherBinds: [`${volume}:${OTHER}`],
  });
  return {
    from: { ...to, folder: () => OTHER, remove: () => Promise.resolve() },
    to,
    route: routeOf([ON_THE_HOST], null),
  };
}
