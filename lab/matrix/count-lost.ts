import { firstWay } from "../../drills/hosts/postgres-encryption";
import type { EvidenceDocument, ProbeStoreEvidence } from "../../evidence/document";
import { summarizeStore } from "../../evidence/probe-summary";
import { adoptProbe } from "../../drills/probe/adopt";
import { probeEndpoints } from "../../drills/probe/endpoints";
import { type FoundEvents, readBackPostgres } from "../../drills/probe/postgres-read-back";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { startStanding } from "../host/standing";
import type { StoreName } from "../../settings/services";
import { probeCredentials } from "../../settings/own-roles";

/** Acknowledged events missing at the end, of each store; null when nobody could count them. */
export type Lost = Readonly<Record<StoreName, number | null>>;

const UNKNOWN: Lost = { timescaledb: null, redis: null };

/** A probe that writes to both stores from before the fault until the roles stand. */
export interface CellProbe {
  readonly socket: string;
  /** Ends it when nobody has, and gives what is missing on `primary`: by its own count, or by that of the drill that took it. */
  readonly count: (primary: string | null, document: EvidenceDocument | null) => Promise<Lost>;
}

/** @throws Error when it does not get both stores to acknowledge events */
export async function startCellProbe(
  environment: Environment,
  credentials: Credentials,
  { label, socket }: { readonly label: string; readonly socket: string },
): Promise<CellProbe> {
  const sinceMs = Date.now();
  const tls = firstWay(environment, credentials, "understudy_probe");
  const reading = (primary: string | null): Reading | undefined => {
    const at = probeEndpoints(environment, credentials).find(({ name }) => name === primary);
    return (
      at && {
        timescaledb: () =>
          readBackPostgres({ ...at.postgres, tls }, probeCredentials(credentials).postgres, {
            run: label,
            startedAgoMs: Date.now() - sinceMs,
          }),
        redis: () => readBackRedis(at.redis, probeCredentials(credentials), { run: label, sinceMs }),
      }
    );
  };
  const probe = await startStanding(environment, credentials, { label, socket });
  return {
    socket,
    count: async (primary, document) => {
      try {
        return (await ownCount(socket, primary)) ?? (await drillsCount(document, reading(primary)));
      } finally {
        await probe.end();
      }
    },
  };
}

async function ownCount(socket: string, primary: string | null): Promise<Lost | undefined> {
  const adopted = await adoptProbe(socket, { adopter: "fault matrix" }).catch(() => undefined);
  if (adopted === undefined) return undefined;
  if (primary === null) return UNKNOWN;
  const { timescaledb, redis } = await adopted.finish({ timescaledb: primary, redis: primary });
  return { timescaledb: timescaledb.counts.lost, redis: redis.counts.lost };
}

/** Reads back what a store of a host has of this probe's events. */
type Reading = Readonly<Record<StoreName, () => Promise<FoundEvents>>>;

/** The drill's own count; where it could not read back, because what it had promoted was dead, its samples against what is there now. */
export async function drillsCount(document: EvidenceDocument | null, reading: Reading | undefined): Promise<Lost> {
  if (document?.probe === undefined || document.probe === null) return UNKNOWN;
  const { timescaledb, redis } = document.probe;
  return {
    timescaledb: await lostOf(timescaledb, reading?.timescaledb),
    redis: await lostOf(redis, reading?.redis),
  };
}

async function lostOf(
  { counts, samples }: ProbeStoreEvidence,
  read: Reading["redis"] | undefined,
): Promise<number | null> {
  if (counts.lost !== null || read === undefined) return counts.lost;
  const back = await read().catch(() => undefined);
  return back === undefined ? null : summarizeStore({ samples, ...back }).counts.lost;
}
