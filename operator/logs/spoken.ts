import type { VerbLine } from "./verb-lines";

/** So many lines of a verb are kept at most: the first ones go. */
const MOST = 2000;

let drillId: string | null = null;

/** The drill that this process is about to do, for the lines of its verb. */
export function noteDrill(id: string): void {
  drillId = id;
}

/** What `noteDrill` was told; null where there was none. */
export function notedDrill(): string | null {
  return drillId;
}

/**
 * Remembers from now on what is written to a stream, which gets all of it as before: whole lines without the marks of
 * progress. The beats of a long silence are none.
 */
export function listenTo(
  stream: Pick<NodeJS.WritableStream, "write">,
  now: () => number = Date.now,
): () => readonly VerbLine[] {
  const kept: VerbLine[] = [];
  const write = stream.write.bind(stream) as (...all: readonly unknown[]) => boolean;
  stream.write = (...all: readonly unknown[]): boolean => {
    for (const one of typeof all[0] === "string" ? all[0].split("\n") : []) {
      const text = one.replace(/^-- /, "").trim();
      if (text === "" || text.startsWith("…")) continue;
      kept.push({ atMs: now(), text });
      if (kept.length > MOST) kept.shift();
    }
    return write(...all);
  };
  return () => kept;
}
