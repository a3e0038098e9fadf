/**
 * What a boot guard says, as people read it: `held REASON` becomes `waiting: REASON`, and `held` alone `waiting`.
 * JSON, status files and the guard itself keep the word.
 */
export function asWaiting(text: string): string {
  return text === "held" ? "waiting" : text.replaceAll(/(^|; )held (?=\S)/g, "$1waiting: ");
}
