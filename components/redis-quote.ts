/**
 * A word as Redis reads it from a configuration file: in double quotes, with quotes and backslashes escaped.
 * @throws Error when it has a line break, which no configuration line can hold; the word itself is not in the message,
 * it may be a password.
 */
export function redisQuote(word: string): string {
  if (/[\r\n]/.test(word)) {
    throw new Error("a Redis password must not contain a line break");
  }
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
