import { setTimeout as sleep } from "node:timers/promises";

/** What a server says, and the offset of its replication stream at which it holds. */
export interface AtOffset {
  readonly offset: string;
  readonly value: string;
}

/** How long equal offsets are waited for, milliseconds. */
const WITHIN_MS = 10_000;
/** Readings of each server in one round, and the time between two of them. */
const ROUND = 40;
const EVERY_MS = 4;

/**
 * Whether two servers hold the same at one offset of the stream that one of them replicates to the other. What is the same
 * at the first look is taken for equal. Otherwise both are read again and again, without waiting for one answer before the
 * next question: a value that is written 200 times a second is never the same when the line takes 20 ms, but each of its
 * states has an offset, and both servers are soon seen at one and the same.
 * @returns null where no common offset was seen in time: it is not known then
 */
export async function equalAtOneOffset(
  readOne: () => Promise<AtOffset>,
  readOther: () => Promise<AtOffset>,
  { withinMs = WITHIN_MS }: { readonly withinMs?: number } = {},
): Promise<boolean | null> {
  const [one, other] = await Promise.all([readOne(), readOther()]);
  if (one.value === other.value) return true;
  if (one.offset === other.offset) return false;
  const seen = { ones: new Map([[one.offset, one.value]]), others: new Map([[other.offset, other.value]]) };
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const [ones, others] = await Promise.all([manyTimes(readOne), manyTimes(readOther)]);
    for (const { offset, value } of ones) seen.ones.set(offset, value);
    for (const { offset, value } of others) seen.others.set(offset, value);
    const common = [...seen.ones].filter(([offset]) => seen.others.has(offset));
    if (common.length > 0) return common.every(([offset, value]) => seen.others.get(offset) === value);
  }
  return null;
}

async function manyTimes(read: () => Promise<AtOffset>): Promise<readonly AtOffset[]> {
  const asked: Promise<AtOffset>[] = [];
  for (let turn = 0; turn < ROUND; turn += 1) {
    const answer = read();
    // Awaited below with the others; one that fails meanwhile is no unhandled rejection.
    answer.catch(() => undefined);
    asked.push(answer);
    await sleep(EVERY_MS);
  }
  return Promise.all(asked);
}
