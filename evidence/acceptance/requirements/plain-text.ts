/** A text as it is read, in one line and lower case, and the line of the original in which each character stands. */
export interface PlainText {
  readonly text: string;
  /** Line number, from 1, by index into `text`. */
  readonly lines: readonly number[];
}

/** What begins a line and is no part of its sentence: indentation, marks of comments, quotations, lists, headings, cells. */
const LINE_BEGINNING = /^(?:\s+|\/\/+|\/\*+|\*+\/|<!--|[#>|]+|[-*+](?=\s)|\d+[.)](?=\s))*/;
/** Marks that a reader does not see: emphasis, code, tags, characters without width. */
const INVISIBLE = /[*`~\u00ad\u200b-\u200d\u2060\ufeff]|(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])|<\/?[a-z][^<>\n]*>/giu;
const IDEOGRAPH = /\p{Script=Han}/u;

/**
 * Joins a text's lines so that a sentence is found however it is wrapped, emphasised or written in capitals.
 * @param hyphenated whether a hyphen at a line's end divides a word, and goes away
 */
export function plainText(source: string, hyphenated = false): PlainText {
  let text = "";
  const lines: number[] = [];
  const append = (piece: string, line: number): void => {
    text += piece;
    for (let at = 0; at < piece.length; at += 1) lines.push(line);
  };
  source.split("\n").forEach((raw, index) => {
    const words = raw.normalize("NFKC").replace(LINE_BEGINNING, "").replaceAll(INVISIBLE, "");
    const piece = words.replaceAll(/\s+/g, " ").trim().toLowerCase();
    if (piece === "") return;
    if (hyphenated && text.endsWith("-")) {
      text = text.slice(0, -1);
      lines.pop();
    } else if (text !== "" && !(IDEOGRAPH.test(text.at(-1) ?? "") && IDEOGRAPH.test(piece[0] ?? ""))) {
      append(" ", index + 1);
    }
    append(piece, index + 1);
  });
  return { text, lines };
}
