import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { blocksUnder } from "./shell-blocks";

/** One place of a file that a worked example changes. */
export interface Hunk {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** The changes that a page shows under a heading, as a `diff` block without line numbers. @throws Error when there is none */
export function workedExample(page: string, heading: string): readonly Hunk[] {
  const [diff] = blocksUnder(page, heading, "diff");
  if (diff === undefined) throw new Error(`${page}: nothing is changed under ${heading}`);
  return hunksOf(diff);
}

/** The hunks of a diff: `+++ b/FILE`, then hunks that each begin with `@@`. */
export function hunksOf(diff: string): readonly Hunk[] {
  return diff
    .split(/^--- a\/.*\n\+\+\+ b\//m)
    .slice(1)
    .flatMap((part) => {
      const [file = "", ...lines] = part.replace(/\n$/, "").split("\n");
      return lines
        .join("\n")
        .split(/^@@\n/m)
        .slice(1)
        .map((hunk) => ({ file, before: side(hunk, "-"), after: side(hunk, "+") }));
    });
}

function side(hunk: string, own: "+" | "-"): string {
  return hunk
    .replace(/\n$/, "")
    .split("\n")
    .filter((line) => line.startsWith(" ") || line.startsWith(own))
    .map((line) => `${line.slice(1)}\n`)
    .join("");
}

/** Changes files below `root`. @throws Error naming the file where a hunk does not stand exactly once */
export function applyHunks(root: string, hunks: readonly Hunk[]): void {
  for (const { file, before, after } of hunks) {
    const text = readFileSync(path.join(root, file), "utf8");
    const times = text.split(before).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times, not once:\n${before}`);
    writeFileSync(
      path.join(root, file),
      text.replace(before, () => after),
    );
  }
}
