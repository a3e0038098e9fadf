import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks `holds` again and again until it says yes.
 * @returns false when `timeoutMs` milliseconds passed without a yes.
 */
export async function waitUntil(
  holds: () => Promise<boolean> | boolean,
  timeoutMs: number,
  intervalMs = 100,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(intervalMs);
  }
}
