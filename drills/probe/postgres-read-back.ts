import { bounded } from "../hosts/bounded";
import { connectOwn } from "../hosts/postgres-session";
import { PROBE_ROLE } from "./options";
import { postgresClient, type EncryptedAddress } from "./postgres-connection";
import { toSeqRanges } from "../../evidence/seq-ranges";
import { EVENTS_TABLE, PRUNED } from "../../settings/names";

/** What was read back of one store, as the evidence keeps it. */
export interface FoundEvents {
  readonly found: [number, number][];
  readonly duplicatedSeqs: number[];
}

/**
 * Packs the event numbers that were read back, in any order and repeated as often as they were found.
 * @throws Error when one is not an event number: such a read-back proves nothing
 */
export function packFound(seqs: readonly number[]): FoundEvents {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const seq of seqs) {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new Error(`${seq} is not an event number`);
    if (seen.has(seq)) twice.add(seq);
    seen.add(seq);
  }
  return { found: toSeqRanges(seen), duplicatedSeqs: [...twice].sort((left, right) => left - right) };
}

const READ_BACK_MS = 20_000;

/** What a read-back says of a journal whose events of this run may have been pruned: nothing, which is no loss. */
export const PRUNED_MEANWHILE =
  "the journal was pruned up to a time after this run began: what was lost of it is not known";

/** The clock of the server may have been corrected since the run began by so much, seconds. */
const CLOCK_SLACK_SECONDS = 60;

/**
 * Reads a run's events from the journal table of the new primary.
 * @param startedAgoMs how long ago the run began
 * @throws Error when it does not answer within 20 s, or is still in recovery: a standby proves nothing; or when the
 * journal was pruned meanwhile
 */
export async function readBackPostgres(
  at: EncryptedAddress,
  password: string,
  { run, startedAgoMs, user = PROBE_ROLE }: { run: string; startedAgoMs: number; user?: string },
): Promise<FoundEvents> {
  const { client, socket } = postgresClient(at, password, user);
  const read = async (): Promise<FoundEvents> => {
    await connectOwn(client);
    const recovery = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
    if (recovery.rows[0]?.standby !== false) throw new Error("the server is in recovery, not a primary");
    const { rows } = await client.query<{ seq: string; times: number }>(
      `SELECT seq, count(*)::int AS times FROM ${EVENTS_TABLE} WHERE run = $1 GROUP BY seq ORDER BY seq`,
      [run],
    );
    const pruned = await client.query<{ meanwhile: boolean }>(
      `SELECT coalesce(max(seq), 0) > extract(epoch from clock_timestamp()) - $2 AS meanwhile FROM ${EVENTS_TABLE} WHERE run = $1`,
      [PRUNED, startedAgoMs / 1000 + CLOCK_SLACK_SECONDS],
    );
    if (pruned.rows[0]?.meanwhile === true) throw new Error(PRUNED_MEANWHILE);
    return packFound(rows.flatMap(({ seq, times }) => Array<number>(Math.min(times, 2)).fill(Number(seq))));
  };
  try {
    return await bounded(`read-back from ${at.host}:${at.port}`, READ_BACK_MS, read());
  } finally {
    socket.destroy();
  }
}
