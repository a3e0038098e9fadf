import { createInterface } from "node:readline";
import type { Duplex, Readable, Writable } from "node:stream";
import type Docker from "dockerode";
import { bounded } from "./bounded";
import { openExec } from "./conversation";
import type { RedisSession } from "./redis";

const ANSWER_MS = 60_000;

/** One word as redis-cli reads it from a line. */
export function quoteWord(word: string): string {
  const escaped = [...Buffer.from(word, "utf8")].map((byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

/** One line of `redis-cli --json`. @throws Error with the server's words when it is an error */
export function parseReply(line: string): unknown {
  if (line.startsWith("error:")) throw new Error(String(JSON.parse(line.slice("error:".length))));
  return JSON.parse(line) as unknown;
}

/** A session to a server that listens on a socket in its container only: through redis-cli, one line a command. */
export async function openCliSession(docker: Docker, container: string, socket: string): Promise<RedisSession> {
  const command = ["redis-cli", "-s", socket, "--json", "-2"];
  const { stream, output, complaints } = await openExec(docker, container, command);
  complaints.resume();
  return overCli(container, stream, output);
}

/**
 * The session over what redis-cli reads and prints. Its answers are one line each: what redis-cli prints as it comes, such
 * as INFO, has to be asked for by EVAL.
 */
export function overCli(name: string, stream: Duplex | Writable, output: Readable): RedisSession {
  const waiting: PromiseWithResolvers<unknown>[] = [];
  const fail = (): void => {
    for (const one of waiting.splice(0)) one.reject(new Error(`${name}: redis-cli ended`));
  };
  createInterface({ input: output }).on("line", (line) => {
    const asked = waiting.shift();
    try {
      asked?.resolve(parseReply(line));
    } catch (error) {
      asked?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  stream.on("end", fail).on("error", fail);
  return {
    command: (...words) => {
      const asked = Promise.withResolvers<unknown>();
      waiting.push(asked);
      stream.write(`${words.map(quoteWord).join(" ")}\n`);
      return bounded(`${name}: ${words[0] ?? ""}`, ANSWER_MS, asked.promise);
    },
    close: () => {
      stream.end();
      stream.destroy();
    },
  };
}
