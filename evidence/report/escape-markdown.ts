/** Controls, text-direction overrides, lone surrogates and non-characters: what a reader cannot see or XML cannot hold. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFFE\uFFFF]/gu;

/**
 * `text` on one line with everything unseen made visible, such as `\u202e`: what evidence says can be read as it is,
 * and cannot turn, hide or break what stands around it.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\s*[\r\n]+\s*/g, " ")
    .replaceAll("\t", " ")
    .replaceAll(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

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
