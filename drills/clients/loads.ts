import type { ClientLoad, ClientsEvidence } from "../../evidence/client-loads";
import { clientDriver, type ClientDriverName } from "../../settings/client-drivers";
import type { ProbeCredentials } from "../../settings/own-roles";
import { messageOf, UserError } from "../../settings/user-error";
import type { ProbeEndpoint } from "../probe/options";
import { startLoad, type NotTried, type RunningLoad } from "./client-load";
import type { ClientOrder } from "./order";

/** What the loads of one drill are started with. */
export interface LoadsOrder {
  readonly drivers: readonly ClientDriverName[];
  readonly drillId: string;
  readonly endpoints: readonly ProbeEndpoint[];
  readonly credentials: ProbeCredentials;
  readonly originNs: string;
}

/** Every driver that was asked for, at work. */
export interface ClientLoads {
  /** @throws UserError when one of them is not ready in time */
  readonly ready: Promise<void>;
  /** Ends them all, and sums up what their clients saw; one that died has measured nothing, and is told as not tried. */
  finish(): Promise<ClientsEvidence>;
  /** Ends them without a record; safe at any time. */
  abort(): Promise<void>;
}

/** What one driver is started with: the probe's own accounts, in the journal that it writes to. */
export function orderOf(
  driver: ClientDriverName,
  { drillId, endpoints, credentials, originNs }: Omit<LoadsOrder, "drivers">,
): ClientOrder {
  const common = { driver, originNs, run: `${drillId}/clients/${driver}` };
  if (clientDriver(driver)?.store === "redis") {
    const encrypted = endpoints.every(({ redis }) => redis.tls === true);
    return {
      ...common,
      addresses: endpoints.map(({ redis: { host, port } }) => ({ host, port })),
      ...{ user: credentials.redisUser, password: credentials.redis },
      ...(encrypted && credentials.redisTls !== undefined ? { tls: credentials.redisTls } : {}),
    };
  }
  return {
    ...common,
    addresses: endpoints.map(({ postgres }) => postgres),
    ...{ user: credentials.user, password: credentials.postgres },
    ...(credentials.tls === undefined ? {} : { tls: credentials.tls }),
  };
}

/**
 * Starts the load of every driver beside each other.
 * @throws UserError when not one of them can be tried: nothing would be measured
 */
export async function startLoads(order: LoadsOrder): Promise<ClientLoads> {
  const started = await Promise.all(order.drivers.map((driver) => startLoad(orderOf(driver, order))));
  const loads = started.filter((one): one is RunningLoad => "finish" in one);
  const notTried = started.filter((one): one is NotTried => "reason" in one);
  if (loads.length === 0) {
    const why = notTried.map(({ driver, reason }) => `${driver}: ${reason}`).join("; ");
    throw new UserError(`no client load can be started: ${why}`, "understudy switchover --help");
  }
  const ready = Promise.all(loads.map((load) => load.ready)).then(() => undefined);
  ready.catch(() => undefined);
  return {
    ready,
    finish: async () => {
      const ended = await Promise.all(
        loads.map((load) =>
          load.finish().catch((error: unknown): NotTried => {
            return { driver: load.driver, reason: `nothing was measured: ${messageOf(error)}`.slice(0, 500) };
          }),
        ),
      );
      return {
        loads: ended.filter((one): one is ClientLoad => "samples" in one),
        notTried: [...notTried, ...ended.filter((one): one is NotTried => "reason" in one)],
      };
    },
    abort: async () => {
      await Promise.allSettled(loads.map((load) => load.abort()));
    },
  };
}
