import type { Readable } from "node:stream";

/** One message as it goes over the pipe. */
export function encodeLine(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** Calls `onLine` for each complete line of `input`; a last line without its end is not a message. */
export function onLines(input: Readable, onLine: (line: string) => void): void {
  let parts: string[] = [];
  input.setEncoding("utf8");
  input.on("data", (chunk: string) => {
    const [first = "", ...rest] = chunk.split("\n");
    parts.push(first);
    for (const next of rest) {
      onLine(parts.join(""));
      parts = [next];
    }
  });
}
