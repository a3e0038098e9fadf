import type { EvidenceDocument } from "../../drills/evidence/document";
import { adoptProbe } from "../../drills/probe/adopt";
import { startStandingProbe } from "../../drills/probe/standing/start";
import { probeEndpoints } from "../../drills/probe/endpoints";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";

/** Acknowledged events missing at the end, of each store; null when nobody could count them. */
export type Lost = Readonly<Record<"timescaledb" | "redis", number | null>>;

const UNKNOWN: Lost = { timescaledb: null, redis: null };
/** Longest one cell may take, minutes: the probe ends by itself after that. */
const MOST_MINUTES = 15;

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
  const probe = await startStandingProbe(
    {
      drillId: label,
      endpoints: probeEndpoints(environment),
      credentials: { postgres: credentials.postgres, redis: credentials.redis },
      originNs: String(process.hrtime.bigint()),
      maxDurationMs: MOST_MINUTES * 60_000,
    },
    { environment: environment.name, socket, attached: true },
  );
  const notReady = await probe.readiness;
  if (notReady !== undefined) {
    await probe.end();
    throw new Error(`the probe is not ready: ${notReady}`);
  }
  return {
    socket,
    count: async (primary, document) => {
      try {
        return (await ownCount(socket, primary)) ?? drillsCount(document);
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

function drillsCount(document: EvidenceDocument | null): Lost {
  if (document?.probe === undefined || document.probe === null) return UNKNOWN;
  const { timescaledb, redis } = document.probe;
  return { timescaledb: timescaledb.counts.lost, redis: redis.counts.lost };
}
