import type { JudgedEvidence } from "./judged-evidence";
import type { Markup } from "./markup";

/** How a figure is to be taken: `unknown` is neither good nor bad, `plain` is not judged at all. */
export type Tone = "good" | "bad" | "warn" | "unknown" | "plain";

/** A piece of text with its tone; `code` is set in a fixed width, as something to type or to compare. */
export interface Phrase {
  readonly text: string;
  readonly tone?: Tone;
  readonly code?: true;
}

/** What stands in one cell: plain text, or text with a tone. */
export type Cell = string | Phrase;

/** A table; a `folded` one is behind a line to click on, with these words, in the HTML page. */
export interface TableBlock {
  readonly kind: "table";
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly folded?: string;
}

/** A picture drawn once for wide and once for narrow pages; `legend` pairs a style class with what it stands for. */
export interface PictureBlock {
  readonly kind: "picture";
  readonly caption: string;
  readonly wide: Markup;
  readonly narrow: Markup;
  readonly legend: readonly (readonly [className: string, meaning: string])[];
  /** The same in characters, for Markdown. */
  readonly plain: readonly string[];
}

/** One part of a section. Both renderers know each kind, and nothing else. */
export type Block =
  | { readonly kind: "text"; readonly text: Cell }
  | { readonly kind: "facts"; readonly facts: readonly (readonly [string, Cell])[] }
  | { readonly kind: "list"; readonly items: readonly Cell[] }
  | TableBlock
  | PictureBlock;

/** One section of a report, under a heading of its own. */
export interface Section {
  /** Anchor of the section, unique in the report. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The drill in one word and one sentence. */
export interface Headline {
  readonly badge: string;
  readonly tone: Tone;
  readonly sentence: string;
  /** The command an operator runs next; null when there is nothing to be done. */
  readonly next: string | null;
}

/** Whether the pair is ready as far as one drill says, in one line. */
export interface Readiness {
  /** The words of the command and of the dashboard. */
  readonly word: "READY" | "NOT VERIFIED";
  readonly tone: Tone;
  readonly sentence: string;
  /** The command that says whether it still is. */
  readonly now: string;
}

/** One figure of the first screen, with what it is held against. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
}

/** A drill's report, before it is Markdown or HTML. */
export interface Report {
  readonly title: string;
  readonly subtitle: string;
  readonly headline: Headline;
  readonly readiness: Readiness;
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
}

/** The text of a cell, without its tone. */
export function cellText(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

/** Makes one section of the report; null when the evidence has nothing that belongs into it. */
export type SectionMaker = (evidence: JudgedEvidence) => Section | null;
