import { setTimeout as sleep } from "node:timers/promises";

/** An engine at work writes a stack's state in its place: who reads it in that moment finds nothing, or half of it. */
const HALF_WRITTEN = { tries: 5, pauseMs: 300 };

/**
 * Reads what somebody may be writing just then, and again where it is half written.
 * @param half whether a failure may come from that; any other one is thrown at once
 * @throws what the last reading threw: after all tries it is no moment any more
 */
export async function readAgain<T>(
  read: () => Promise<T>,
  half: (error: unknown) => boolean,
  { tries, pauseMs } = HALF_WRITTEN,
): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await read();
    } catch (error) {
      if (left <= 1 || !half(error)) throw error;
      await sleep(pauseMs);
    }
  }
}
