import { canonicalAddress, covers, isLoopback, LOOPBACK } from "./address";
import type { Environment } from "./environment";
import { isHttpPort, type FrontPlan } from "./front";
import { addressesForPeer, resolvedIn, type Listening } from "./listen";
import { isStore, SERVICE_PORTS } from "./services";
import type { HostView } from "./pair";

/** What says where the ports of a host are published. */
export interface PublishedBy {
  readonly view: HostView;
  readonly listening: Listening;
  readonly front?: Pick<FrontPlan, "closed"> | undefined;
}

/**
 * The addresses of the host that one of its ports is published on: the one place that says what is published where. The
 * front is where the other host comes; what speaks HTTP is on loopback, where it is asked through SSH, and on the host's
 * other addresses only where it is not closed.
 */
export function publishedAddresses(
  key: keyof Environment["ports"],
  { view: { self }, listening, front }: PublishedBy,
): readonly string[] {
  if (key === "front") return addressesOfFront(self, listening);
  if (front?.closed === true && isHttpPort(key)) return [LOOPBACK];
  const owner = SERVICE_PORTS.find((one) => one.key === key)?.service;
  const also = (owner !== undefined && isStore(owner)) || covers(listening.addresses, LOOPBACK) ? [] : [LOOPBACK];
  return [...listening.addresses, ...also];
}

/** What the address between the hosts is here; where the host lacks it, such as behind NAT, every other one of IPv4. */
function addressesOfFront(self: HostView["self"], { addresses, label }: Listening): readonly string[] {
  const address = canonicalAddress(self.replication_address);
  const named = address === undefined ? resolvedIn(label)[self.replication_address] : [address];
  const between = (named ?? []).filter((one) => !isLoopback(one) && addresses.includes(one));
  return between.length > 0 ? between : addressesForPeer(label, self);
}
