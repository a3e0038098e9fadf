import { slotName } from "../../settings/names";
import { decidePostgres, keepUserWrites, type PeerData, type PostgresDecision, readPeerData } from "./decide-postgres";
import { divergedContentSchema, type DivergedContent } from "./diverged";
import { rangeWords } from "./order";
import type { AgentLink } from "./agent-link";
import { parseOwnData, parseWalEnd, type OwnData } from "./own-data";
import type { RejoinContext } from "./rejoin-context";
import { messageOf, UserError } from "../../settings/user-error";
import { formatLsn } from "../../evidence/lsn";
import { segmentOf } from "./wal-segment";

/** Reading a gigabyte of WAL for its last record takes minutes on a slow disk. */
const WAL_END_MS = 600_000;
/** The agent gives up reading after ten minutes by itself. */
const DIVERGED_MS = 720_000;

/** What was read on both sides, and what it decides for PostgreSQL. */
export interface PostgresPlan {
  readonly own: OwnData;
  readonly peer: PeerData;
  readonly decision: PostgresDecision;
  /** What the diverged range holds; null when nothing diverged, or when an older guard cannot read it. */
  readonly content: DivergedContent | null;
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
  const decision = decidePostgres({ host: host.name, own, peer, ownEnd, acceptOlderTimeline });
  const diverged = "diverged" in decision ? decision.diverged : null;
  const content =
    diverged === null ? null : await readDiverged(agent, host.name, rangeWords(diverged, own.segmentBytes));
  return { own, peer, decision: keepUserWrites(decision, content), content };
}

/** Null when it cannot be read. @throws UserError when the boot guard cannot read it nor keep what it would show */
async function readDiverged(agent: AgentLink, host: string, words: readonly string[]): Promise<DivergedContent | null> {
  try {
    const [line] = (await agent.ask(`rejoin-diverged ${words.join(" ")}`, DIVERGED_MS)).get("diverged") ?? [];
    return line === undefined ? null : divergedContentSchema.parse(JSON.parse(line));
  } catch (error) {
    if (!messageOf(error).includes("unknown command")) return null;
    throw new UserError(
      `the boot guard of PostgreSQL on ${host} is of an older version, which would not keep what only ${host} has`,
      "understudy up --execute",
      3,
    );
  }
}
