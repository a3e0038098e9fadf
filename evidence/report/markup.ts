import { printable } from "./escape-markdown";

/** Text that is HTML, SVG or XML already; everything else is escaped when it is put into it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template of `markup`: markup as it is, text and numbers escaped, nothing for null. */
export type MarkupValue = Markup | string | number | null | readonly MarkupValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` as content or as a quoted attribute of HTML, SVG or XML. */
export function escapeMarkup(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * A template whose values are escaped unless they are markup themselves.
 * @example markup`<td>${check.name}</td>`
 */
export function markup(pieces: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(pieces.reduce((text, piece, index) => text + render(values[index - 1] ?? null) + piece));
}

/** The parts one after another, `between` them. */
export function joinMarkup(parts: readonly Markup[], between = "\n"): Markup {
  return new Markup(parts.map((part) => part.text).join(between));
}

function render(value: MarkupValue): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(render).join("");
  return escapeMarkup(String(value));
}
