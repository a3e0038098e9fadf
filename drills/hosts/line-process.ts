import path from "node:path";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { messageOf, UserError } from "../../settings/user-error";

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

/** `text` with every secret in it replaced by `***`: a driver may quote what it was given. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((clean, secret) => clean.replaceAll(secret, "***"), text);
}

/** How much of the process' stderr is kept: its end. */
const NOTES_CHARACTERS = 8000;

/** How long a process whose stdin was closed may take to end before it is killed. */
const END_WITHIN_MS = 1000;

interface Waiter<E> {
  readonly wants: (event: E) => boolean;
  readonly resolve: (event: E) => void;
  readonly reject: (error: Error) => void;
}

/** What a child process is: its program, its name in messages, and how it speaks. */
export interface LineProgram<E> {
  /** Path of the program. */
  readonly file: string;
  /** What runs it; this Node, with TypeScript, where it is not told. */
  readonly interpreter?: readonly [command: string, ...words: string[]];
  /** Its name in messages, such as `the probe's process`. */
  readonly name: string;
  /** Reads one line of its stdout. @throws Error when it is not an event */
  readonly parse: (line: string) => E;
  /** Words that never leave it through `notes` or an error, whatever a driver may say. */
  readonly secrets: readonly string[];
  /** True: in a session of its own, which no terminal's signals reach. */
  readonly detached?: boolean;
}

/** The only variables the process inherits: neither secrets nor the drivers' own (PGOPTIONS and the like). */
function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(["PATH", "HOME", "TMPDIR", "NODE_COMPILE_CACHE"].map((name) => [name, process.env[name]]));
}

/** A process of ours as its parent sees it: messages in, events out, one JSON object a line, and an end that always comes. */
export class LineProcess<E, M extends object> {
  /** Its process id once it runs. Rejects when it cannot be started. */
  readonly started: Promise<number>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  readonly #events: E[] = [];
  readonly #waiters = new Set<Waiter<E>>();
  #notes = "";
  #death: UserError | undefined;

  constructor(private readonly program: LineProgram<E>) {
    const [command, ...words] = program.interpreter ?? [process.execPath, "--import", "./toolchain/register.mjs"];
    this.#child = spawn(command, [...words, program.file], {
      detached: program.detached ?? false,
      cwd: path.resolve(__dirname, "../.."),
      env: bareEnvironment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const child = this.#child;
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#die(`ended with ${signal ?? `exit code ${String(code)}`}`);
        resolve(code);
      });
    });
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", () => {
        resolve(child.pid ?? 0);
      });
      child.once("error", (error) => {
        this.#die(`could not be started: ${messageOf(error)}`);
        reject(this.#death ?? error);
      });
    });
    child.stdin.on("error", () => undefined);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#notes = (this.#notes + text).slice(-NOTES_CHARACTERS);
    });
    onLines(child.stdout, (line) => {
      this.#hear(line);
    });
  }

  /** The end of what the process wrote to stderr, without secrets. */
  get notes(): string {
    return redact(this.#notes, this.program.secrets).trim();
  }

  send(message: M): void {
    this.#child.stdin.write(encodeLine(message));
  }

  /**
   * The first event, past or to come, that `wants` takes.
   * @throws UserError when the process ends before it says so
   */
  next(wants: (event: E) => boolean): Promise<E> {
    const past = this.#events.find(wants);
    if (past !== undefined) return Promise.resolve(past);
    if (this.#death !== undefined) return Promise.reject(this.#death);
    return new Promise((resolve, reject) => this.#waiters.add({ wants, resolve, reject }));
  }

  /** Closes the process' stdin, which ends it; kills it when it has not ended within a second. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), END_WITHIN_MS);
    await this.#ended;
    clearTimeout(kill);
  }

  /** Fulfils when the process has ended, with its exit code; null when a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Lets go of a process that is to live on alone: this one no longer waits for it, nor hears from it. */
  letGo(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
  }

  #hear(line: string): void {
    let event: E;
    try {
      event = this.program.parse(line);
    } catch (error) {
      this.#die(`said something that is not an event: ${messageOf(error).slice(0, 300)}`);
      this.#child.kill("SIGKILL");
      return;
    }
    this.#events.push(event);
    for (const waiter of [...this.#waiters].filter((one) => one.wants(event))) {
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }

  #die(how: string): void {
    const notes = this.notes;
    this.#death ??= new UserError(
      `${this.program.name} ${how}${notes === "" ? "" : ` (${notes})`}`,
      "understudy status",
    );
    for (const waiter of this.#waiters) waiter.reject(this.#death);
    this.#waiters.clear();
  }
}
