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

/** What a carry-over tells while it runs. */
export interface CarryTold {
  readonly now: () => number;
  /** A service answers on the new host, told to whom it concerns; the old one is not started before this fulfils. */
  readonly move: (service: CarriedService) => Promise<void>;
  /** No service is on its way any more: each has moved, or has failed. The old ones are being started meanwhile. */
  readonly moved?: () => Promise<void>;
  /** A part of the work on one service has ended; `host` is null where it was of both hosts. */
  readonly ended?: (part: string, host: string | null) => void;
}

/** A carry-over that is prepared: both hosts' carriers run, and what never changes is on its way. */
export interface CarryOver {
  /** Fulfils when what can be copied ahead has been. @throws Error when a carrier cannot be started, or a copy failed */
  readonly prepared: Promise<void>;
  /**
   * Stops each service on both hosts, brings its data over and starts it again, all services side by side. A service that
   * fails is started again as it was; the others go on.
   */
  run(told: CarryTold): Promise<readonly Carried[]>;
  /** Removes both carriers. */
  end(): Promise<void>;
}

/**
 * Carries all services side by side and, as soon as one has moved or failed, starts it again where it does not run.
 * @param moved begins when no service is on its way any more, beside what is being started then; it does not throw
 */
export async function carryAll(
  carry: (service: CarriedService) => Promise<ServiceCarry>,
  startAgain: (service: CarriedService) => Promise<void>,
  moved: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly Carried[]> {
  const onTheirWay = CARRIED_SERVICES.map((service) => ({ service, carrying: carry(service) }));
  const ended = onTheirWay.map(async ({ service, carrying }): Promise<Carried> => {
    try {
      await Promise.allSettled([carrying]);
      await startAgain(service);
      return { service, carried: await carrying };
    } catch (error) {
      return { service, failure: messageOf(error) };
    }
  });
  const read = Promise.allSettled(onTheirWay.map(({ carrying }) => carrying)).then(moved);
  const [carried] = await Promise.all([Promise.all(ended), read]);
  return carried;
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

  async function carry(service: CarriedService, { now, move, ended }: CarryTold): Promise<ServiceCarry> {
    const stoppedAtMs = now();
    const pair = (await started).of(service);
    await onAll([from, to], (host) => stopService(host, service, environment));
    ended?.(`${service} stopped`, null);
    const stoppedAt = new Date().toISOString();
    const done = await transfer(pair, service, ahead.get(service) ?? NOTHING_AHEAD);
    await Promise.all([pair.from, pair.to].map((carrier) => noteSynced(carrier, service, stoppedAt)));
    ended?.(`${service} data copied`, to.host.name);
    await startService(to, service);
    ended?.(`${service} started`, to.host.name);
    await awaitService(to, service, environment);
    const answeredAtMs = now();
    await move(service);
    return { how: "final-sync", ageSeconds: 0, ...done, stoppedAtMs, answeredAtMs };
  }

  /** Whatever became of it, the service runs on both hosts afterwards; one that runs is left alone. */
  async function startAgain(service: CarriedService, { ended }: CarryTold): Promise<void> {
    await onAll([from, to], (host) => startService(host, service));
    ended?.(`${service} started`, from.host.name);
  }

  return {
    prepared,
    run: (told) =>
      carryAll(
        (service) => carry(service, told),
        (service) => startAgain(service, told),
        told.moved,
      ),
    end: async () => {
      await started.then(
        (pair) => pair.remove(),
        () => undefined,
      );
    },
  };
}
