import { lsnDistance, parseLsn } from "./lsn";

/**
 * WAL bytes that the standby knew the primary to have and had not received. A standby that received more than it last
 * heard of lacks nothing that is known: 0. Null where either position is not known: null is never zero.
 */
export function lossBoundBytes(primaryLsn: string | null, receivedLsn: string | null): number | null {
  if (primaryLsn === null || receivedLsn === null) return null;
  const bytes = lsnDistance(parseLsn(receivedLsn), parseLsn(primaryLsn));
  return bytes > 0n ? Number(bytes) : 0;
}
