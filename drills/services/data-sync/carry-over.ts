import type { Carrier } from "./carrier";
import { startPairOfCarriers, type CarryPair } from "./pair-of-carriers";
import { NOTE_SYNCED, READ_SYNCED } from "./scripts";
import { awaitService, onAll, startService, stopService } from "./stop-service";
import { type Ahead, copyAhead, NOTHING_AHEAD, transfer } from "./transfer";
import type { ServiceCarry } from "../../../evidence/continuity";
import { CARRIED_SERVICES, SERVICES, type CarriedService } from "../../../settings/services";
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
  const ahead = new Map<CarriedService, Ahead>();
  const started = startPairOfCarriers({ from, to, environment });
  const prepared = started.then(async (routes) => {
    await Promise.all(
      CARRIED_SERVICES.map(async (service) => {
        ahead.set(service, await copyAhead(routes.of(service), service));
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
    const pair = (await started).of(service);
    try {
      await onAll([from, to], (host) => stopService(host, service, environment));
      const stoppedAt = new Date().toISOString();
      const done = await transfer(pair, service, ahead.get(service) ?? NOTHING_AHEAD);
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
      await started.then(
        (pair) => pair.remove(),
        () => undefined,
      );
    },
  };
}
