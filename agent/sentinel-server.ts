import { createServer, type Server, type Socket } from "node:net";
import type { Sight } from "./sight";
import type { Place, SentinelConfig } from "../settings/agent-config";
import { sentinelAnswer, sentinelView, type Reply } from "./sentinel";

/** A question is shorter. */
const MOST_BYTES = 16_384;
/** How often it is looked whether another host is primary now, milliseconds. */
const LOOK_MS = 500;
/** The one channel on which something is told. */
const SWITCH = "+switch-master";

const isList = (reply: Reply): reply is readonly Reply[] => Array.isArray(reply);

/** An answer as the protocol has it. */
export function encodeReply(reply: Reply): string {
  if (reply === null) return "*-1\r\n";
  if (typeof reply === "number") return `:${String(reply)}\r\n`;
  if (typeof reply === "string") return `$${String(Buffer.byteLength(reply))}\r\n${reply}\r\n`;
  if (isList(reply)) return `*${String(reply.length)}\r\n${reply.map(encodeReply).join("")}`;
  return "simple" in reply ? `+${reply.simple}\r\n` : `-${reply.error}\r\n`;
}

/**
 * The first command in what has come from a client, an array of strings or a line.
 * @returns undefined while it is not whole
 * @throws Error for what is no command
 */
export function decodeCommand(bytes: Buffer): { words: readonly string[]; rest: Buffer } | undefined {
  const line = (from: number): { text: string; next: number } | undefined => {
    const end = bytes.indexOf("\r\n", from);
    return end < 0 ? undefined : { text: bytes.toString("utf8", from, end), next: end + 2 };
  };
  const first = line(0);
  if (first === undefined) return undefined;
  if (!first.text.startsWith("*"))
    return { words: first.text.split(" ").filter((word) => word !== ""), rest: bytes.subarray(first.next) };
  const words: string[] = [];
  let at = first.next;
  const count = Number(first.text.slice(1));
  if (!Number.isInteger(count) || count < 0 || count > 64) throw new Error("not a command");
  while (words.length < count) {
    const head = line(at);
    if (head === undefined) return undefined;
    const length = Number(head.text.slice(1));
    if (!head.text.startsWith("$") || !Number.isInteger(length) || length < 0) throw new Error("not a command");
    if (bytes.length < head.next + length + 2) return undefined;
    words.push(bytes.toString("utf8", head.next, head.next + length));
    at = head.next + length + 2;
  }
  return { words, rest: bytes.subarray(at) };
}

/** A pattern of PSUBSCRIBE, of which only `*` is a special sign here. */
function matches(pattern: string): boolean {
  const text = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${text}$`).test(SWITCH);
}

/**
 * Answers what clients ask a Sentinel, and nothing that would change anything. Whoever has subscribed is told when another
 * host is surely primary. It does not listen yet. @param sight what is known now
 */
export function sentinelServer(config: SentinelConfig, sight: () => Sight): Server {
  const subscribers = new Map<Socket, { channels: Set<string>; patterns: Set<string> }>();
  let last: Place | null = null;
  const look = (): void => {
    const { primary } = sentinelView(sight(), config, Date.now());
    if (primary === null) return;
    if (last !== null && (last.host !== primary.host || last.port !== primary.port)) {
      const told = [config.name, last.host, last.port, primary.host, primary.port].join(" ");
      for (const [socket, { channels, patterns }] of subscribers) {
        if (channels.has(SWITCH)) socket.write(encodeReply(["message", SWITCH, told]));
        for (const one of patterns) if (matches(one)) socket.write(encodeReply(["pmessage", one, SWITCH, told]));
      }
    }
    last = primary;
  };
  const subscribe = (socket: Socket, kind: string, names: readonly string[]): void => {
    const own = subscribers.get(socket) ?? { channels: new Set<string>(), patterns: new Set<string>() };
    subscribers.set(socket, own);
    const into = kind.startsWith("p") ? own.patterns : own.channels;
    const ends = kind.endsWith("unsubscribe");
    for (const name of names.length === 0 && ends ? [...into] : names) {
      if (ends) into.delete(name);
      else into.add(name);
      socket.write(encodeReply([kind, name, own.channels.size + own.patterns.size]));
    }
  };
  const server = createServer((socket) => {
    let came: Buffer = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => subscribers.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      came = Buffer.concat([came, chunk]);
      try {
        if (came.length > MOST_BYTES) throw new Error("too much");
        // Of a switch away from what is answered now, a subscriber is told, however soon it comes.
        look();
        for (let one = decodeCommand(came); one !== undefined; one = decodeCommand(came)) {
          came = one.rest;
          const [command = "", ...names] = one.words;
          if (/^p?(un)?subscribe$/i.test(command)) subscribe(socket, command.toLowerCase(), names);
          else if (command.toUpperCase() === "QUIT") socket.end(encodeReply({ simple: "OK" }));
          else if (command !== "")
            socket.write(encodeReply(sentinelAnswer(one.words, config, sentinelView(sight(), config, Date.now()))));
        }
      } catch {
        socket.destroy();
      }
    });
  });
  server.maxConnections = 256;
  const timer = setInterval(look, LOOK_MS);
  server.on("close", () => clearInterval(timer));
  return server;
}
