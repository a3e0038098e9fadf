/** Signals closer together than this, in milliseconds, are one: a group's leader and the group are often signalled in turn. */
const ONE_SIGNAL_MS = 1000;

/**
 * Told to end, a long run finishes what is under way: a killed engine run leaves its stack locked. Told again, it ends at once.
 * @param what is under way: a step, a swap, a cell
 */
export function stopSignal(progress: (line: string) => void, what: string): AbortSignal {
  const controller = new AbortController();
  let firstAt = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        firstAt = performance.now();
        progress(`${name}: ends after the ${what} under way; once more ends it now`);
        controller.abort();
      } else if (performance.now() - firstAt > ONE_SIGNAL_MS) {
        progress(`ended in the middle of a ${what}; next: understudy settle`);
        process.exit(1);
      }
    });
  }
  return controller.signal;
}
