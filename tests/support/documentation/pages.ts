import { globSync, readFileSync } from "node:fs";
import path from "node:path";

/** The checkout. */
export const ROOT = path.resolve(__dirname, "../../..");

/**
 * The pages of the documentation, from the checkout. What runs leave in the folder of results is none; the page of
 * progress is the requirements', and `understudy requirements verify` looks after its paths.
 */
export const PAGES: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "SECURITY.md",
  ...globSync("docs/**/*.md", { cwd: ROOT, exclude: (name) => /results$|IMPLEMENTATION_PROGRESS/.test(name) }).sort(),
];

/** The runbooks: each has the flow from nothing to a verified swap. */
export const RUNBOOKS = PAGES.filter((page) => /^docs\/[A-Z_0-9]+_(RUNBOOK|MANUAL)\.md$/.test(page));

/** One page: its place, its text, and what stands in it as code. */
export interface Page {
  readonly file: string;
  readonly text: string;
  /** Lines of fenced blocks whose language is `sh`, comments taken away. */
  readonly shellLines: readonly string[];
  /** Text of every inline code span. */
  readonly spans: readonly string[];
}

const FENCE = /^```(\w*)\n(.*?)^```$/gms;

/** Takes a page apart. */
export function parsePage(file: string, text: string): Page {
  const shell = [...text.matchAll(FENCE)].filter(([, language]) => language === "sh");
  const prose = text.replaceAll(FENCE, "");
  return {
    file,
    text,
    shellLines: shell
      .flatMap(([, , body = ""]) => body.split("\n"))
      .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
      .filter((line) => line !== ""),
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span),
  };
}

/** Reads a page of the checkout and takes it apart. @throws Error when it is not there */
export function readPage(file: string): Page {
  return parsePage(file, readFileSync(path.join(ROOT, file), "utf8"));
}

/** Rows of every table whose header's first cells are `titles`; code marks and bold are taken away. */
export function tablesUnder({ text }: Page, ...titles: readonly string[]): readonly (readonly (readonly string[])[])[] {
  const tables: string[][][] = [];
  let rows: string[][] | undefined;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) {
      rows = undefined;
      continue;
    }
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll(/[`*]/g, "").trim());
    if (rows) {
      if (!/^:?-+:?$/.test(cells[0] ?? "")) rows.push(cells);
    } else {
      rows = [];
      if (titles.every((title, at) => cells[at] === title)) tables.push(rows);
    }
  }
  return tables;
}
