import type { HostSessions } from "../../hosts/sessions";
import type { Environment } from "../../../settings/environment";
import type { CarriedService } from "../../../settings/services";
import { messageOf } from "../../../settings/user-error";
import { startCarrier, type Carrier } from "./carrier";
import { openHostToHost, SYNC_PORT } from "./host-to-host";
import { routeOf, throughTheCommand, type Carriers, type Way } from "./route";

/** What a carry-over works with. */
export interface CarryPair {
  /** The host that the data come from, and the one that the services are used on afterwards. */
  readonly from: Pick<HostSessions, "host" | "engine">;
  readonly to: Pick<HostSessions, "host" | "engine">;
  readonly environment: Environment;
}

/** Both hosts' carriers. */
export interface PairOfCarriers {
  /** For one service: another one's failure on the way does not take the better way from it. */
  of(service: CarriedService): Carriers;
  remove(): Promise<void>;
}

/**
 * Starts a carrier on each host, and opens the way from host to host where that is possible; else all goes through this
 * process, and the route says why.
 * @throws Error when a carrier cannot be started; none is left then
 */
export async function startPairOfCarriers({ from, to, environment }: CarryPair): Promise<PairOfCarriers> {
  const port = environment.ports.data_sync;
  const [left, right] = await Promise.allSettled([startListening(from, port), startCarrier(to, { network: {} })]);
  if (left.status === "rejected" || right.status === "rejected") {
    if (left.status === "fulfilled") await left.value.carrier.remove();
    if (right.status === "fulfilled") await right.value.remove();
    throw new Error(
      [left, right].flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : [])).join("; "),
    );
  }
  const [{ carrier: source, problem }, target] = [left.value, right.value];
  const endpoint = { address: from.host.replication_address, port };
  const direct = problem ?? (await openHostToHost(source, target, endpoint).catch(messageOf));
  return typeof direct === "string" ? pairOf(source, target, undefined, direct) : pairOf(source, target, direct, null);
}

/** The old primary's carrier, listening for the other one where it can; else with what keeps it from that. */
async function startListening(
  from: CarryPair["from"],
  port: number,
): Promise<{ readonly carrier: Carrier; readonly problem?: string }> {
  try {
    return { carrier: await startCarrier(from, { network: { published: { inside: SYNC_PORT, outside: port } } }) };
  } catch (error) {
    const problem = `no sync container that listens on port ${port}: ${messageOf(error)}`;
    return { carrier: await startCarrier(from), problem };
  }
}

/** @param why there is no direct way */
function pairOf(from: Carrier, to: Carrier, direct: Way | undefined, why: string | null): PairOfCarriers {
  const through = throughTheCommand(from, to);
  const routes = new Map<CarriedService, Carriers>();
  return {
    of: (service) => {
      const route = direct === undefined ? routeOf([through], why) : routeOf([direct, through], null);
      const known = routes.get(service) ?? { from, to, route };
      routes.set(service, known);
      return known;
    },
    remove: async () => {
      await Promise.all([from.remove(), to.remove()]);
    },
  };
}
