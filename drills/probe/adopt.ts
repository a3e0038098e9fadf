import { UserError } from "../../settings/user-error";
import { isDeepStrictEqual } from "node:util";
import type { ProbeEndpoint } from "./options";
import { type ProbeHandle, requireEndpoints } from "./probe";
import { StandingConnection } from "./standing/connection";
import type { StandingDescription } from "./standing/protocol";
import type { StoreName } from "../../settings/services";

/** A standing probe that a drill has taken over: it was writing before the drill began. */
export interface AdoptedProbe extends ProbeHandle {
  /** Marks the probe's events in both stores; not the drill's id. */
  readonly drillId: string;
  /** Zero of the probe's clock, which is to be the drill's: `new DrillClock(originNs)`. */
  readonly originNs: string;
  /** When the probe began, by the wall clock: ISO 8601, UTC. */
  readonly startedAt: string;
  /** Where and when each store last acknowledged an event, at the adoption, in milliseconds after `originNs`. */
  readonly lastAcknowledged: Readonly<Record<StoreName, { endpoint: string; atMs: number } | null>>;
  /** Lets go of the probe: it lives on and can be adopted again. */
  abort(): Promise<void>;
}

/** Who adopts a probe, and what the probe must be writing to. */
export interface Adoption {
  /** Told to whoever asks for the probe meanwhile, such as `drill d-1 (pid 7)`. */
  readonly adopter?: string;
  /** The drill's endpoints; a probe of another pair is refused. */
  readonly endpoints?: readonly ProbeEndpoint[];
}

/**
 * Takes over the standing probe that listens at a socket, until `finish`, `abort` or the end of this process. `ready`
 * fulfils when each store has acknowledged events at one endpoint since the probe began, however long ago.
 * @throws UserError when no standing probe listens there, another drill has it, it writes to another pair, or it is silent
 */
export async function adoptProbe(
  socket: string,
  { adopter = `pid ${process.pid}`, endpoints }: Adoption = {},
): Promise<AdoptedProbe> {
  const connection = await StandingConnection.open(socket);
  try {
    const found = await connection.adopt(adopter);
    requireSameMachine(found);
    requireSamePair(found, endpoints);
    return handleOf(connection, found);
  } catch (error) {
    connection.hangUp();
    throw error;
  }
}

function requireSameMachine({ run, originNs }: StandingDescription): void {
  if (BigInt(originNs) <= process.hrtime.bigint()) return;
  throw new UserError(`the clock of background probe ${run} is not this machine's`, "understudy probe --stop");
}

/** A host has a port for each kind of session of Redis: where the other list has another kind, only the address counts. */
function places(all: readonly ProbeEndpoint[], others: readonly ProbeEndpoint[]): unknown {
  const kinds = new Map(others.map(({ name, redis }) => [name, redis.tls === true]));
  return sorted(all).map(({ name, postgres, redis }) => ({
    ...{ name, postgres },
    redis: kinds.get(name) === (redis.tls === true) ? redis : redis.host,
  }));
}

function sorted(all: readonly ProbeEndpoint[]): ProbeEndpoint[] {
  return [...all].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function requireSamePair(found: StandingDescription, wanted: readonly ProbeEndpoint[] | undefined): void {
  if (wanted === undefined || isDeepStrictEqual(places(found.endpoints, wanted), places(wanted, found.endpoints)))
    return;
  const list = (all: readonly ProbeEndpoint[]): string =>
    sorted(all)
      .map(({ name, postgres, redis }) => `${name} ${postgres.host}:${postgres.port} and ${redis.host}:${redis.port}`)
      .join(", ");
  throw new UserError(
    `background probe ${found.run} writes to another pair: ${list(found.endpoints)}; the drill's is ${list(wanted)}`,
    "understudy probe --stop",
    3,
  );
}

function handleOf(connection: StandingConnection, found: StandingDescription): AdoptedProbe {
  const { pid, run, originNs, startedAt, endpoints, stores, notReady } = found;
  const ready =
    notReady === null
      ? Promise.resolve()
      : Promise.reject(new UserError(`the background probe is not ready: ${notReady}`, "understudy status"));
  ready.catch(() => undefined);
  let notes = "";
  let finished = false;
  return {
    pid,
    drillId: run,
    originNs,
    startedAt,
    lastAcknowledged: { timescaledb: stores.timescaledb.last, redis: stores.redis.last },
    ready,
    finish: async (readFrom) => {
      requireEndpoints(readFrom, endpoints);
      if (finished) throw new UserError("the probe was finished before", "understudy status", 2);
      finished = true;
      try {
        const answer = await connection.finish(readFrom, found.finishWithinMs);
        notes = answer.notes;
        await connection.stop().catch(() => undefined);
        return answer.evidence;
      } finally {
        connection.hangUp();
      }
    },
    abort: async () => {
      connection.hangUp();
      await connection.closed;
    },
    notes: () => notes,
  };
}
