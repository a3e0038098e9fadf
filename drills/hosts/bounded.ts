import { setTimeout as sleep } from "node:timers/promises";
import { AwakeTimer } from "./awake-timer";

/** The time of something was up before it ended. */
export class TimeUp extends Error {}

/**
 * Waits for `work`, at most `milliseconds` in which this process listened.
 * @throws TimeUp naming `what` and the bound when the time is up; `work` itself goes on unheeded.
 */
export async function bounded<T>(what: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: AwakeTimer | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = new AwakeTimer(milliseconds, () => {
      reject(new TimeUp(`${what}: no answer within ${milliseconds} ms`));
    });
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    timer?.cancel();
  }
}

/**
 * Waits for `work` however long it takes, as long as `milliseconds` never pass without a sign of it.
 * @param listen is given what it calls at each sign
 * @throws TimeUp naming `what` and the bound after such a silence; `work` itself goes on unheeded.
 */
export async function untilSilent<T>(
  what: string,
  milliseconds: number,
  work: Promise<T>,
  listen: (sign: () => void) => void,
): Promise<T> {
  let timer: AwakeTimer | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = new AwakeTimer(milliseconds, () => {
      reject(new TimeUp(`${what}: silent for ${milliseconds} ms`));
    });
  });
  listen(() => timer?.refresh());
  try {
    return await Promise.race([work, silence]);
  } finally {
    timer?.cancel();
  }
}

/**
 * Asks `read` again and again until `enough` says yes to what it read.
 * @returns the last reading, and whether it was enough before `deadlineMs` had passed
 */
export async function pollUntil<T>(
  read: () => Promise<T>,
  enough: (reading: T) => boolean,
  { deadlineMs, pauseMs }: { deadlineMs: number; pauseMs: number },
): Promise<{ reading: T; reached: boolean }> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const reading = await read();
    if (enough(reading)) return { reading, reached: true };
    if (performance.now() >= end) return { reading, reached: false };
    if (pauseMs > 0) await sleep(pauseMs);
  }
}
