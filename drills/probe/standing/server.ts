import { createServer, type Server, type Socket } from "node:net";
import type { ProbeEvidence } from "../../../evidence/document";
import { messageOf } from "../../../settings/user-error";
import { encodeLine, onLines } from "../../hosts/line-process";
import type { ReadFrom } from "../protocol";
import { standingCommandSchema, type StandingCommand, type StandingDescription, type StandingEvent } from "./protocol";

/** What the server lets others do with the probe. */
export interface Adoptable {
  describe(): Omit<StandingDescription, "adoptedBy">;
  /** Called at each adoption. */
  attend(): void;
  finish(readFrom: ReadFrom): Promise<{ evidence: ProbeEvidence; notes: string }>;
  /** Called when somebody who may has asked for the end. */
  end(): void;
}

/** The socket of a standing probe. */
export interface StandingServer {
  readonly server: Server;
  readonly isAdopted: boolean;
}

/** Answers on a standing probe's socket: one adopter at a time, for as long as its connection lives; any number of onlookers. */
export function serveStandingProbe(probe: Adoptable): StandingServer {
  let adopted: { readonly by: string; readonly socket: Socket } | undefined;

  const description = (): StandingDescription => ({ ...probe.describe(), adoptedBy: adopted?.by ?? null });
  const refusedTo = (socket: Socket): StandingEvent | undefined => {
    if (adopted === undefined || adopted.socket === socket) return undefined;
    const { run, pid } = probe.describe();
    return { event: "refused", reason: `the background probe ${run} (pid ${pid}) is adopted by ${adopted.by}` };
  };

  async function answer(command: StandingCommand, socket: Socket): Promise<StandingEvent | undefined> {
    if (command.command === "describe") return { event: "described", probe: description() };
    const refused = refusedTo(socket);
    if (refused !== undefined) return refused;
    switch (command.command) {
      case "adopt":
        adopted = { by: command.adopter, socket };
        probe.attend();
        return { event: "adopted", probe: description() };
      case "finish":
        if (adopted === undefined) return { event: "refused", reason: '"finish" comes from who has adopted the probe' };
        return { event: "evidence", ...(await probe.finish(command.readFrom)) };
      case "stop":
        probe.end();
        return undefined;
    }
  }

  const server = createServer((socket) => {
    let turn = Promise.resolve();
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (adopted?.socket === socket) adopted = undefined;
    });
    onLines(socket, (line) => {
      turn = turn.then(async () => {
        const event = await answerLine(line, (command) => answer(command, socket));
        if (event !== undefined && !socket.destroyed) socket.write(encodeLine(event));
      });
    });
  });
  return {
    server,
    get isAdopted() {
      return adopted !== undefined;
    },
  };
}

/** Whatever comes over the socket, the probe goes on. */
async function answerLine(
  line: string,
  answer: (command: StandingCommand) => Promise<StandingEvent | undefined>,
): Promise<StandingEvent | undefined> {
  try {
    const parsed = standingCommandSchema.safeParse(JSON.parse(line));
    if (!parsed.success) return { event: "refused", reason: "that is no command of a background probe" };
    return await answer(parsed.data);
  } catch (error) {
    return { event: "refused", reason: messageOf(error) };
  }
}
