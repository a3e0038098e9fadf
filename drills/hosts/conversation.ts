import type Docker from "dockerode";
import { createInterface } from "node:readline";
import { type Duplex, PassThrough } from "node:stream";
import { bounded, untilSilent } from "./bounded";

/** A program that runs in a container: `stream` is its stdin, and ends when it ends. */
export interface OpenExec {
  readonly stream: Duplex;
  readonly output: PassThrough;
  readonly complaints: PassThrough;
}

/** Starts a program in a container, with its stdin and both its outputs open. */
export async function openExec(docker: Docker, container: string, command: readonly string[]): Promise<OpenExec> {
  const exec = await docker.getContainer(container).exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const [output, complaints] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, output, complaints);
  return { stream, output, complaints };
}

/** A conversation is over, whatever its program had to say: it can be opened again. */
export class ConversationLost extends Error {}

/** An open conversation with a program in a container: lines are asked in turn, each answered by lines and `ok`. */
export interface Conversation {
  /**
   * @param what how an error names the line; its first word unless told otherwise
   * @throws Error with the program's own words after `error`; TimeUp when no answer came within `timeoutMs`;
   * ConversationLost when it ended before it answered
   */
  ask(line: string, timeoutMs: number, what?: string): Promise<readonly string[]>;
  /** As `ask`, however long the answer takes, as long as the program is never silent for `silenceMs`; complaints count. */
  askWhileItSpeaks(line: string, silenceMs: number, what: string): Promise<readonly string[]>;
  /** Whether it can be asked nothing more. */
  isOver(): boolean;
  close(): void;
}

/**
 * Opens one by `docker exec`; that costs 0.1-0.2 s, and a line of it milliseconds.
 * @param name whom its errors name
 */
export async function openConversation(
  docker: Docker,
  name: string,
  container: string,
  command: readonly string[],
): Promise<Conversation> {
  const { stream, output, complaints } = await openExec(docker, container, command);
  let heard = (): void => undefined;
  complaints.on("data", () => heard());
  output.on("data", () => heard());

  let lines: string[] = [];
  let waiting: { resolve: (answer: readonly string[]) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const fail = (error: Error): void => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  };
  createInterface({ input: output }).on("line", (line) => {
    if (line === "ok") {
      waiting?.resolve(lines);
    } else if (line.startsWith("error ")) {
      waiting?.reject(new Error(`${name}: ${line.slice("error ".length)}`));
    } else {
      lines.push(line);
      return;
    }
    lines = [];
    waiting = undefined;
  });
  stream.on("error", (error: Error) => fail(new ConversationLost(error.message, { cause: error })));
  // A session whose engine is closed or lost ends with a close alone.
  for (const event of ["end", "close"]) {
    stream.on(event, () => {
      fail(new ConversationLost(`${name}: the session ended`));
    });
  }

  const askNow = async (
    asked: string,
    bound: (answer: Promise<readonly string[]>) => Promise<readonly string[]>,
  ): Promise<readonly string[]> => {
    if (ended) throw ended;
    const answer = new Promise<readonly string[]>((resolve, reject) => {
      waiting = { resolve, reject };
    });
    stream.write(`${asked}\n`);
    try {
      return await bound(answer);
    } finally {
      heard = () => undefined;
      // An answer that comes after its time would be taken for the next command's.
      if (waiting !== undefined) fail(new ConversationLost(`${name}: the session was given up after a silence`));
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (...words: Parameters<typeof askNow>): ReturnType<typeof askNow> => {
    const answer = turn.then(() => askNow(...words));
    turn = answer.catch(() => undefined);
    return answer;
  };

  return {
    ask: (line, timeoutMs, what = line.split(" ", 1)[0] ?? "") =>
      inTurn(line, (answer) => bounded(`${name}: ${what}`, timeoutMs, answer)),
    askWhileItSpeaks: (line, silenceMs, what) =>
      inTurn(line, (answer) =>
        untilSilent(`${name}: ${what}`, silenceMs, answer, (speaks) => {
          heard = speaks;
        }),
      ),
    isOver: () => ended !== undefined,
    close: () => {
      stream.end();
      stream.destroy();
    },
  };
}
