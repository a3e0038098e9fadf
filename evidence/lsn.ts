/** A PostgreSQL log sequence number: a byte position in the WAL, unsigned 64 bits. Compare with `<`, `>=`, `===`. */
export type Lsn = bigint;

const LSN_TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;
const LAST_LSN = 0xffff_ffff_ffff_ffffn;

/**
 * Reads PostgreSQL's text form, such as `0/3000150`.
 * @throws Error naming the text, when it is not a log sequence number.
 */
export function parseLsn(text: string): Lsn {
  const [, high, low] = LSN_TEXT.exec(text) ?? [];
  if (high === undefined || low === undefined) {
    throw new Error(`not a log sequence number: ${JSON.stringify(text)} (expected a form such as 0/3000150)`);
  }
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * PostgreSQL's own text form: upper-case hexadecimal, no leading zeros.
 * @throws RangeError when the number does not fit 64 bits.
 */
export function formatLsn(lsn: Lsn): string {
  if (lsn < 0n || lsn > LAST_LSN) {
    throw new RangeError(`not a log sequence number: ${lsn} is outside 64 bits`);
  }
  const hex = (half: bigint): string => half.toString(16).toUpperCase();
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}

/** Negative when `left` is before `right`, 0 when equal, positive when after: fit for `sort`. */
export function compareLsn(left: Lsn, right: Lsn): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The position `bytes` after (or, negative, before) `lsn`. */
export function addToLsn(lsn: Lsn, bytes: number | bigint): Lsn {
  return lsn + BigInt(bytes);
}

/** Bytes of WAL from `from` to `to`; negative when `to` lies before `from`. */
export function lsnDistance(from: Lsn, to: Lsn): bigint {
  return to - from;
}
