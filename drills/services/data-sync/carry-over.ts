import type { HostSessions } from "../../hosts/sessions";
import { type Carrier, startCarrier } from "./carrier";
import { NOTE_SYNCED, READ_SYNCED } from "./scripts";
import { awaitService, onAll, startService, stopService } from "./stop-service";
import { type Carriers, type Checksums, copyAhead, transfer } from "./transfer";
import type { ServiceCarry } from "../../../evidence/continuity";
import { CARRIED_SERVICES, SERVICES, type CarriedService } from "../../../settings/services";
import type { Environment } from "../../../settings/environment";
import { messageOf } from "../../../settings/user-error";

/**
 * Notes in the service's own volume up to when its data are complete, so that a later drill can tell which of two
 * databases is the newer one. Files that are joined need no such note.
 * @param until ISO 8601
 */
export async function noteSynced(
  carrier: Pick<Carrier, "folder" | "run">,
  service: CarriedService,
  until: string,
): Promise<void> {
  if (SERVICES[service].carried.how === "replace") await carrier.run(NOTE_SYNCED, carrier.folder(service), until);
}

/** What was noted last; null when nothing was, as in a volume that never had another host's data. */
export async function readSynced(
  carrier: Pick<Carrier, "folder" | "read">,
  service: CarriedService,
): Promise<string | null> {
  const said = (await carrier.read(READ_SYNCED, carrier.folder(service))).trim();
  return Number.isNaN(Date.parse(said)) ? null : new Date(said).toISOString();
}

/** What a carry-over works with. */
export interface CarryPair {
  /** The host that the data come from, and the one that the services are used on afterwards. */
  readonly from: Pick<HostSessions, "host" | "engine">;
  readonly to: Pick<HostSessions, "host" | "engine">;
  readonly environment: Environment;
}

/** How one service's carry-over ended. */
export type Carried =
  | { readonly service: CarriedService; readonly carried: ServiceCarry }
  | { readonly service: CarriedService; readonly failure: string };

/** A carry-over that is prepared: both hosts' carriers run, and what never changes is on its way. */
export interface CarryOver {
  /** Fulfils when what can be copied ahead has been. @throws Error when a carrier cannot be started, or a copy failed */
  readonly prepared: Promise<void>;
  /**
   * Stops each service on both hosts, brings its data over and starts it again, all services side by side. A service that
   * fails is started again as it was; the others go on.
   * @param move tells whom it concerns that a service answers on the new host; the old one is not started before
   */
  run(now: () => number, move: (service: CarriedService) => Promise<void>): Promise<readonly Carried[]>;
  /** Removes both carriers. */
  end(): Promise<void>;
}

/** Starts both carriers. What they cost is over before the cut, and nothing of the services is touched. */
export function prepareCarryOver({ from, to, environment }: CarryPair): CarryOver {
  const ahead = new Map<CarriedService, Checksums>();
  const carriers = Promise.allSettled([startCarrier(from), startCarrier(to)]).then(([left, right]) => {
    const [one, other] = [left, right].map((each) => (each.status === "fulfilled" ? each.value : undefined));
    return { left, right, one, other };
  });
  const both = carriers.then(({ left, right }): Carriers => {
    for (const each of [left, right]) if (each.status === "rejected") throw new Error(messageOf(each.reason));
    if (left.status === "rejected" || right.status === "rejected") throw new Error("no sync container");
    return { from: left.value, to: right.value };
  });
  const prepared = both.then(async (pair) => {
    await Promise.all(
      CARRIED_SERVICES.map(async (service) => {
        ahead.set(service, await copyAhead(pair, service));
      }),
    );
  });
  prepared.catch(() => undefined);

  async function carry(
    service: CarriedService,
    now: () => number,
    move: (service: CarriedService) => Promise<void>,
  ): Promise<ServiceCarry> {
    const stoppedAtMs = now();
    const pair = await both;
    try {
      await onAll([from, to], (host) => stopService(host, service, environment));
      const stoppedAt = new Date().toISOString();
      const done = await transfer(pair, service, ahead.get(service) ?? new Map<string, string>());
      await Promise.all([pair.from, pair.to].map((carrier) => noteSynced(carrier, service, stoppedAt)));
      await startService(to, service);
      await awaitService(to, service, environment);
      const answeredAtMs = now();
      await move(service);
      return { how: "final-sync", ageSeconds: 0, ...done, stoppedAtMs, answeredAtMs };
    } finally {
      await onAll([from, to], (host) => startService(host, service));
    }
  }

  return {
    prepared,
    run: (now, move) =>
      Promise.all(
        CARRIED_SERVICES.map(async (service): Promise<Carried> => {
          try {
            return { service, carried: await carry(service, now, move) };
          } catch (error) {
            return { service, failure: messageOf(error) };
          }
        }),
      ),
    end: async () => {
      const { one, other } = await carriers;
      await Promise.all([one?.remove(), other?.remove()]);
    },
  };
}
