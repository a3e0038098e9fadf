import type Docker from "dockerode";
import { setTimeout as sleep } from "node:timers/promises";
import { bounded, TimeUp } from "../hosts/bounded";
import { openAgent, type Agent, type AgentAnswer } from "../hosts/agent";
import { ConversationLost } from "../hosts/conversation";

const OPEN_MS = 15_000;
const PAUSE_MS = 500;

/** Talks to the agent of a container that may be restarted meanwhile: a lost session is opened again. */
export class AgentLink {
  #agent: Agent | undefined;

  constructor(
    private readonly docker: Docker,
    private readonly hostName: string,
    /** How long the container may be away before it is given up, milliseconds. */
    private readonly patienceMs = 60_000,
  ) {}

  /**
   * Asks a question that may be asked twice.
   * @throws Error with the last reason when no answer came within the patience; the agent's own refusals at once
   */
  async ask(command: string, timeoutMs = 30_000): Promise<AgentAnswer> {
    const end = performance.now() + this.patienceMs;
    for (;;) {
      try {
        this.#agent ??= await bounded(
          `${this.hostName}: Docker engine`,
          OPEN_MS,
          openAgent(this.docker, this.hostName),
        );
      } catch (error) {
        if (performance.now() >= end) throw error;
        await sleep(PAUSE_MS);
        continue;
      }
      try {
        return await this.#agent.ask(command, timeoutMs);
      } catch (error) {
        const lost = error instanceof ConversationLost || error instanceof TimeUp;
        if (!lost || performance.now() >= end) throw error;
        this.close();
        await sleep(PAUSE_MS);
      }
    }
  }

  close(): void {
    this.#agent?.close();
    this.#agent = undefined;
  }
}
