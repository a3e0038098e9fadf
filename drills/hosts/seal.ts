import { only, type AgentAnswer } from "./agent";
import type { Seal } from "../../evidence/document";
import { formatLsn, parseLsn, type Lsn } from "../../evidence/lsn";

const PAGE_BYTES = 8192n;
const PAGE_HEADER_BYTES = 24n;
const SEGMENT_HEADER_BYTES = 40n;

/**
 * End of a WAL record that starts at `start` and holds `totalBytes`: headers of the pages it runs into are added, and
 * the end is aligned to 8 bytes, which is where the server itself says the record ends.
 * Source: PostgreSQL's xlogreader and XLogPageHeaderData.
 */
export function recordEnd(start: Lsn, totalBytes: number, segmentBytes: bigint): Lsn {
  let position = start;
  let left = BigInt(totalBytes);
  for (;;) {
    const room = PAGE_BYTES - (position % PAGE_BYTES);
    if (left <= room) {
      const end = position + left;
      return (end + 7n) & ~7n;
    }
    left -= room;
    position += room;
    position += position % segmentBytes === 0n ? SEGMENT_HEADER_BYTES : PAGE_HEADER_BYTES;
  }
}

/**
 * What the demoted primary left behind, from the agent's answer to `demote`.
 * @throws Error when it did not shut down cleanly, or its last record is not a shutdown checkpoint
 */
export function readSeal(answer: AgentAnswer): Seal {
  const state = only(answer, "state");
  if (state !== "shut down") throw new Error(`the old primary's cluster state is "${state}", not "shut down"`);
  const record = only(answer, "record");
  const length = /len \(rec\/tot\):\s*\d+\/\s*(\d+)/.exec(record)?.[1];
  if (length === undefined || !record.includes("CHECKPOINT_SHUTDOWN")) {
    throw new Error(
      `the old primary's last record is not a shutdown checkpoint: ${JSON.stringify(record.slice(0, 120))}`,
    );
  }
  const checkpointLsn = only(answer, "checkpoint");
  return {
    systemIdentifier: only(answer, "system"),
    timeline: Number(only(answer, "timeline")),
    checkpointLsn,
    endLsn: formatLsn(recordEnd(parseLsn(checkpointLsn), Number(length), BigInt(only(answer, "segment")))),
    clusterState: "shut down",
  };
}
