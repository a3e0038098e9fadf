import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What a server answers; an error is an Error whose first word is its code. */
type Value = string | number | null | Error | readonly Value[];

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The bare protocol of Redis, version 2, without any driver: what a test sends is sent once, as it is. */
export class RespConnection {
  #text = "";
  readonly #waiting: Waiter[] = [];
  readonly #pushed: unknown[] = [];
  #hears: ((value: unknown) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      this.#text += chunk;
      this.#read();
    });
    const end = (): void => this.#waiting.splice(0).forEach(({ reject }) => reject(new Error("closed")));
    socket.on("error", end).on("close", end);
  }

  /** @param ca CAs in PEM, where it is to encrypt */
  static open(port: number, ca?: string): Promise<RespConnection> {
    return new Promise((resolve, reject) => {
      const at = { host: "127.0.0.1", port, noDelay: true };
      const opened = (): void => resolve(new RespConnection(socket));
      const socket: Socket =
        ca === undefined
          ? connect(at, opened)
          : connectTls({ ...at, ca, checkServerIdentity: () => undefined }, opened);
      socket.once("error", reject);
    });
  }

  /** Sends one command. @throws Error with the server's words, or `closed` */
  ask(...words: readonly string[]): Promise<unknown> {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    const answer = new Promise((resolve, reject) => {
      if (this.socket.destroyed) reject(new Error("closed"));
      else this.#waiting.push({ resolve, reject });
    });
    // Whoever asks may look at it later.
    answer.catch(() => undefined);
    this.socket.write(`*${words.length}\r\n${parts.join("")}`);
    return answer;
  }

  /** The next message that nobody has asked for. */
  push(): Promise<unknown> {
    const past = this.#pushed.shift();
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => (this.#hears = resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  #read(): void {
    for (let parsed = parse(this.#text, 0); parsed !== undefined; parsed = parse(this.#text, 0)) {
      this.#text = this.#text.slice(parsed.next);
      this.#hear(parsed.value);
    }
  }

  #hear(value: Value): void {
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) return value instanceof Error ? waiter.reject(value) : waiter.resolve(value);
    const hears = this.#hears;
    this.#hears = undefined;
    if (hears === undefined) this.#pushed.push(value);
    else hears(value);
  }
}

function parse(text: string, from: number): { value: Value; next: number } | undefined {
  const end = text.indexOf("\r\n", from);
  if (end < 0) return undefined;
  const line = text.slice(from + 1, end);
  const next = end + 2;
  switch (text.charAt(from)) {
    case "+":
      return { value: line, next };
    case "-":
      return { value: new Error(line), next };
    case ":":
      return { value: Number(line), next };
    case "$": {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      return text.length < next + length + 2
        ? undefined
        : { value: text.slice(next, next + length), next: next + length + 2 };
    }
    case "*": {
      const values: Value[] = [];
      let at = next;
      for (let index = 0; index < Number(line); index += 1) {
        const one = parse(text, at);
        if (one === undefined) return undefined;
        values.push(one.value);
        at = one.next;
      }
      return { value: values, next: at };
    }
    default:
      throw new Error(`not RESP: ${text.slice(from, end)}`);
  }
}
