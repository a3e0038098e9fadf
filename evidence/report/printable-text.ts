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
