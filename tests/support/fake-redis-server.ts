import { createServer, type Server, type Socket } from "node:net";

/** Answers one command: a raw RESP reply, `null` for silence, or it closes the socket itself. */
export type RedisScript = (words: readonly string[], socket: Socket) => string | null | Promise<string | null>;

/** Splits complete RESP commands off the front of `text`; the drivers send nothing but arrays of bulk strings. */
function takeCommands(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  for (;;) {
    const head = /^\*(\d+)\r\n/.exec(text);
    if (head === null) return { commands, rest: text };
    const words: string[] = [];
    let at = head[0].length;
    while (words.length < Number(head[1])) {
      const bulk = /^\$(\d+)\r\n/.exec(text.slice(at));
      const length = Number(bulk?.[1]);
      if (bulk === null || text.length < at + bulk[0].length + length + 2) return { commands, rest: text };
      words.push(text.slice(at + bulk[0].length, at + bulk[0].length + length));
      at += bulk[0].length + length + 2;
    }
    commands.push(words);
    text = text.slice(at);
  }
}

/** Commands that `script` answers; every other one is answered with +OK. */
const SCRIPTED = ["XADD", "XRANGE", "ROLE"];

/** A server on loopback that speaks just enough RESP for the probe. */
export async function fakeRedisServer(script: RedisScript, at = 0): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined);
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      const taken = takeCommands(text + chunk);
      text = taken.rest;
      for (const words of taken.commands) {
        const reply = SCRIPTED.includes(words[0] ?? "") ? script(words, socket) : "+OK\r\n";
        void Promise.resolve(reply).then((answer) => {
          if (answer !== null && !socket.destroyed) socket.write(answer);
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, server };
}
