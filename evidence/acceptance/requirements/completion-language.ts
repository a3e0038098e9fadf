import { z } from "zod";
import { plainText, type PlainText } from "./plain-text";

/** The words that excuse work which is not done, and the sentences in which they mean something else. */
export const languageSchema = z.strictObject({
  version: z.literal(1),
  forbidden: z.strictObject({ en: z.array(z.string().min(1)).min(1), zh: z.array(z.string().min(1)).min(1) }),
  allowed: z.array(z.strictObject({ sentence: z.string().min(1), why: z.string().min(1) })),
});

/** The terms that no page and no code may have, and the sentences in which one is allowed. */
export type Language = z.infer<typeof languageSchema>;

/** One place where a text excuses work which is not done. */
export interface LanguageFinding {
  readonly file: string;
  readonly line: number;
  readonly term: string;
  /** The words around it. */
  readonly context: string;
}

const CONTEXT = 40;

/** Finds every forbidden term outside allowed sentences; each place once, by the longest term that stands there. */
export function unfinishedLanguage(file: string, source: string, language: Language): readonly LanguageFinding[] {
  const found: LanguageFinding[] = [];
  for (const hyphenated of [false, true]) {
    const plain = plainText(source, hyphenated);
    const excused = language.allowed.flatMap(({ sentence }) => spansOf(plain.text, plainText(sentence).text));
    const taken: (readonly [number, number])[] = [];
    for (const [term, pattern] of patterns(language)) {
      for (const match of plain.text.matchAll(pattern)) {
        const span = [match.index, match.index + match[0].length] as const;
        if ([...excused, ...taken].some(([from, to]) => from <= span[0] && span[1] <= to)) continue;
        taken.push(span);
        const line = plain.lines[match.index] ?? 1;
        // The second reading finds most places again.
        const known = hyphenated && found.some((one) => one.line === line && one.term === term);
        if (!known) found.push({ file, line, term, context: around(plain, span) });
      }
    }
  }
  return found.sort((left, right) => left.line - right.line);
}

/** Allowed sentences that stand in none of the texts: an allowance that nobody needs any more. */
export function unusedAllowances(sources: readonly string[], { allowed }: Language): readonly string[] {
  const texts = sources.map((source) => plainText(source).text);
  return allowed
    .map(({ sentence }) => sentence)
    .filter((sentence) => !texts.some((text) => text.includes(plainText(sentence).text)));
}

function around({ text }: PlainText, [from, to]: readonly [number, number]): string {
  return text.slice(Math.max(0, from - CONTEXT), to + CONTEXT).trim();
}

function spansOf(text: string, sentence: string): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let at = text.indexOf(sentence); at >= 0; at = text.indexOf(sentence, at + 1)) {
    spans.push([at, at + sentence.length]);
  }
  return spans;
}

/** A pattern for each term, the longest first: English words as whole words; a space may be a hyphen. */
function patterns({ forbidden }: Language): readonly (readonly [string, RegExp])[] {
  const english = forbidden.en.map((term) => {
    const words = plainText(term).text.split(" ").map(escaped);
    return [term, new RegExp(`(?<![\\p{L}\\p{N}_])${words.join("[\\s-]+")}s?(?![\\p{L}\\p{N}_])`, "gu")] as const;
  });
  const chinese = forbidden.zh.map((term) => [term, new RegExp(Array.from(term, escaped).join("\\s*"), "gu")] as const);
  return [...english, ...chinese].sort(([left], [right]) => right.length - left.length);
}

function escaped(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
