import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { containerName } from "../../settings/names";
import type { ServiceName } from "../../settings/services";
import { bounded } from "../bounded";

/** The answer of the agent inside the timescaledb container: `key=value` lines, a repeated key keeps every value. */
export type AgentAnswer = ReadonlyMap<string, readonly string[]>;

/** An open conversation with the agent: commands are asked in turn, each answered in milliseconds. */
export interface Agent {
  /** @throws Error with the agent's own words, or when no answer came within `timeoutMs` */
  ask(command: string, timeoutMs?: number): Promise<AgentAnswer>;
  close(): void;
}

/** Opens the agent by `docker exec`; costs 0.1-0.2 s, so it is done before the cut. */
export function openAgent(docker: Docker, hostName: string): Promise<Agent> {
  return openConversation(docker, hostName, "timescaledb", ["sh", "/understudy/agent.sh"]);
}

/** Opens a conversation with any program in a container that answers as the agent does. */
export async function openConversation(
  docker: Docker,
  hostName: string,
  service: ServiceName,
  command: readonly string[],
): Promise<Agent> {
  const exec = await docker.getContainer(containerName(service)).exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: [...command],
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const output = new PassThrough();
  const complaints = new PassThrough();
  docker.modem.demuxStream(stream, output, complaints);
  complaints.resume();

  let lines: string[] = [];
  let waiting: { resolve: (answer: AgentAnswer) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const fail = (error: Error): void => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  };
  createInterface({ input: output }).on("line", (line) => {
    if (line === "ok") {
      waiting?.resolve(parseAnswer(lines));
    } else if (line.startsWith("error ")) {
      waiting?.reject(new Error(`${hostName}: ${line.slice("error ".length)}`));
    } else {
      lines.push(line);
      return;
    }
    lines = [];
    waiting = undefined;
  });
  stream.on("end", () => {
    fail(new Error(`${hostName}: the agent's session ended`));
  });
  stream.on("error", fail);

  const askNow = async (command: string, timeoutMs: number): Promise<AgentAnswer> => {
    if (ended) throw ended;
    const answer = new Promise<AgentAnswer>((resolve, reject) => {
      waiting = { resolve, reject };
    });
    stream.write(`${command}\n`);
    try {
      return await bounded(`${hostName}: agent ${command.split(" ", 1)[0] ?? ""}`, timeoutMs, answer);
    } finally {
      // An answer that comes after its time would be taken for the next command's.
      if (waiting !== undefined) fail(new Error(`${hostName}: the agent's session was given up after a silence`));
    }
  };
  let turn: Promise<unknown> = Promise.resolve();

  return {
    ask: (command, timeoutMs = 10_000) => {
      const answer = turn.then(() => askNow(command, timeoutMs));
      turn = answer.catch(() => undefined);
      return answer;
    },
    close: () => {
      stream.end();
      stream.destroy();
    },
  };
}

/** Groups `key=value` lines by key; lines of another shape are left out. */
export function parseAnswer(lines: readonly string[]): AgentAnswer {
  const answer = new Map<string, string[]>();
  for (const line of lines) {
    const at = line.indexOf("=");
    if (at <= 0) continue;
    const key = line.slice(0, at);
    answer.set(key, [...(answer.get(key) ?? []), line.slice(at + 1)]);
  }
  return answer;
}

/** The only value of `key`. @throws Error when the agent did not say it */
export function only(answer: AgentAnswer, key: string): string {
  const value = answer.get(key)?.[0];
  if (value === undefined) throw new Error(`the agent did not say ${key}`);
  return value;
}
