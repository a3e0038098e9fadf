/** An error that a Redis answered, with the code that it begins with, such as `NOPERM`. */
export class RedisRefusal extends Error {
  constructor(readonly code: string) {
    super(`Redis answered ${code}`);
  }
}

/** A command as Redis' protocol has it, an array of strings. */
export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/**
 * The first answer in what has come from a server: a line, a text, or an error.
 * @returns the answer and what comes after it; undefined while it is not whole
 * @throws Error for what none of our commands is answered
 */
export function decodeReply(bytes: Buffer): { reply: string | RedisRefusal; rest: Buffer } | undefined {
  const end = bytes.indexOf("\r\n");
  if (end < 0) return undefined;
  const [kind, line] = [bytes.toString("latin1", 0, 1), bytes.toString("utf8", 1, end)];
  const after = end + 2;
  switch (kind) {
    case "+":
      return { reply: line, rest: bytes.subarray(after) };
    case "-":
      return { reply: new RedisRefusal(line.split(" ", 1)[0] ?? ""), rest: bytes.subarray(after) };
    case "$": {
      const whole = after + Number(line) + 2;
      if (bytes.length < whole) return undefined;
      return { reply: bytes.toString("utf8", after, whole - 2), rest: bytes.subarray(whole) };
    }
    default:
      throw new Error("not an answer of Redis");
  }
}

/** What `INFO` says, by the names of its fields. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\r\n").flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return at < 0 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}
