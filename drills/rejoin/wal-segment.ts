import type { Lsn } from "../../evidence/lsn";

/** Greater than every segment a server can have, and still a number to a shell. */
export const LAST_SEGMENT = "7FFFFFFFFFFFFFFF";

/** The WAL segment that holds the byte at `lsn`, as the last 16 digits of its file's name: they sort as the WAL does. */
export function segmentOf(lsn: Lsn, segmentBytes: bigint): string {
  const hex = (half: bigint): string => half.toString(16).toUpperCase().padStart(8, "0");
  return hex(lsn >> 32n) + hex((lsn & 0xffff_ffffn) / segmentBytes);
}
