import { createHash } from "node:crypto";
import type { ServiceRestore } from "../../../../evidence/continuity";

/** What a service holds, as named counts and digests; null where it could not be told: null is never zero. */
export type Content = Readonly<Record<string, string | number | null>>;

/** A stretch of time, epoch milliseconds, both ends in it. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** Answers a GET of a path of one service. @throws Error when the answer is not 2xx */
export type Get = (path: string) => Promise<string>;

/** Count and digest of things that are each told by one line of text; their order does not matter. */
export function contentOf(what: string, lines: readonly string[]): Content {
  return { [what]: lines.length, [`sha256 of ${what}`]: digestOf([...lines].sort()) };
}

/** sha256 over lines, each with its end of line. */
export function digestOf(lines: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** Whether everything that was recorded was restored, by name. Nothing recorded is not equal. */
export function compareContent(
  recorded: Content,
  restored: Content,
): Pick<ServiceRestore, "outcome" | "reason" | "compared"> {
  const compared = Object.entries(recorded).map(([what, before]) => ({
    what,
    recorded: before,
    restored: restored[what] ?? null,
  }));
  const wrong = compared.filter((one) => one.recorded === null || one.recorded !== one.restored);
  if (compared.length > 0 && wrong.length === 0) return { outcome: "equal", reason: null, compared };
  const words = wrong.map(
    (one) => `${one.what}: ${one.restored ?? "unknown"} restored, ${one.recorded ?? "unknown"} recorded`,
  );
  return { outcome: "differs", reason: words.join("; ") || "nothing was recorded to compare with", compared };
}
