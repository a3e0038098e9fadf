import { printable } from "./printable-text";

const BACKSLASHED = new Set(["*", "_", "[", "]", "~"]);
/** Written as entities: a backslash before these means different things in a table, to GitHub, or in HTML. */
const ENTITIES = new Set(["&", "<", ">", "|", "\\", "`", "$", "@"]);

/** `text` as plain words of a Markdown paragraph, list item or table cell: no markup, no link, no mention, no HTML. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replaceAll(/[*_[\]~&<>|\\`$@]/g, escapeOne)
    .replaceAll("://", "&#58;//")
    .replaceAll(/\b(www)\./gi, "$1&#46;")
    .replace(/^ +| +$/g, "");
}

/** The same at the start of a line, where a hash, a dash or a number would begin a heading or a list. */
export function escapeMarkdownLine(text: string): string {
  return escapeMarkdown(text)
    .replace(/^([#+=-])(?=[\s#+=-]|$)/, "\\$1")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** `text` as a code span where it can be one in a table too, otherwise as escaped words. */
export function markdownCode(text: string): string {
  const plain = printable(text);
  return /^[!-~](?:[ -~]*[!-~])?$/.test(plain) && !/[`|\\]/.test(plain) ? `\`${plain}\`` : escapeMarkdown(plain);
}

function escapeOne(character: string): string {
  if (BACKSLASHED.has(character)) return `\\${character}`;
  return ENTITIES.has(character) ? `&#${character.charCodeAt(0)};` : character;
}
