import { slotName } from "../../settings/names";
import { decidePostgres, type PeerData, type PostgresDecision, readPeerData } from "./decide-postgres";
import type { AgentLink } from "./agent-link";
import { parseOwnData, parseWalEnd, type OwnData } from "./own-data";
import type { RejoinContext } from "./rejoin-context";
import { formatLsn } from "../../evidence/lsn";
import { segmentOf } from "./wal-segment";

/** Reading a gigabyte of WAL for its last record takes minutes on a slow disk. */
const WAL_END_MS = 600_000;

/** What was read on both sides, and what it decides for PostgreSQL. */
export interface PostgresPlan {
  readonly own: OwnData;
  readonly peer: PeerData;
  readonly decision: PostgresDecision;
}

/** Reads both sides and decides; changes nothing. */
export async function planPostgres(context: RejoinContext, agent: AgentLink): Promise<PostgresPlan> {
  const own = parseOwnData(await agent.ask("rejoin-facts"));
  const peer = await readPeerData(context.primarySql, slotName(context.host.name));
  let ownEnd = null;
  if (own.order === null && own.data && own.torn === null && own.lineage !== null && own.readFrom !== null) {
    const { lineage, readFrom, segmentBytes } = own;
    const words = [lineage.timeline, formatLsn(readFrom), segmentOf(readFrom, segmentBytes)];
    const answer = await agent.ask(`rejoin-wal-end ${words.join(" ")}`, WAL_END_MS);
    ownEnd = parseWalEnd(answer, own.segmentBytes);
  }
  const { acceptOlderTimeline, host } = context;
  return { own, peer, decision: decidePostgres({ host: host.name, own, peer, ownEnd, acceptOlderTimeline }) };
}
