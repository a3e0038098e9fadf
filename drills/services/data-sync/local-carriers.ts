import type { CarriedService } from "../../../settings/services";
import type { HostSessions } from "../../hosts/sessions";
import { startCarrier } from "./carrier";
import type { Carriers } from "./transfer";

/** Where the carrier sees the volume that the data come from. */
const OTHER = "/other";
/** What was restored may be large: its files are read three times and copied once. */
const LIFETIME_SECONDS = 6 * 3600;

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
    lifetimeSeconds: LIFETIME_SECONDS,
  });
  const from: Carriers["from"] = {
    ...to,
    folder: () => OTHER,
    copyTo: (_other, folder, into) => to.run('cp -a "$1/." "$2"', folder, into),
    remove: () => Promise.resolve(),
  };
  return { from, to };
}
