import type Docker from "dockerode";
import { containerName } from "../../settings/names";
import type { ServiceName } from "../../settings/services";
import { openConversation } from "./conversation";

const ANSWER_MS = 10_000;

/** The answer of the agent inside the timescaledb container: `key=value` lines, a repeated key keeps every value. */
export type AgentAnswer = ReadonlyMap<string, readonly string[]>;

/** An open conversation with the agent: commands are asked in turn, each answered in milliseconds. */
export interface Agent {
  /** @throws Error with the agent's own words, or when no answer came within `timeoutMs` */
  ask(command: string, timeoutMs?: number): Promise<AgentAnswer>;
  close(): void;
}

/** Opens the agent; costs 0.1-0.2 s, so it is done before the cut. */
export function openAgent(docker: Docker, hostName: string): Promise<Agent> {
  return openAgentOf(docker, hostName, "timescaledb", ["sh", "/understudy/agent.sh"]);
}

/** Opens a conversation with any program in a service's container that answers as the agent does. */
export async function openAgentOf(
  docker: Docker,
  hostName: string,
  service: ServiceName,
  command: readonly string[],
): Promise<Agent> {
  const conversation = await openConversation(docker, hostName, containerName(service), command);
  return {
    ask: async (asked, timeoutMs = ANSWER_MS) => parseAnswer(await conversation.ask(asked, timeoutMs)),
    close: () => {
      conversation.close();
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
