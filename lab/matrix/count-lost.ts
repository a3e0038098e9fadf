import type { EvidenceDocument } from "../../drills/evidence/document";
import { adoptProbe } from "../../drills/probe/adopt";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { startStanding } from "../standing";

/** Acknowledged events missing at the end, of each store; null when nobody could count them. */
export type Lost = Readonly<Record<"timescaledb" | "redis", number | null>>;

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
  const probe = await startStanding(environment, credentials, { label, socket });
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
