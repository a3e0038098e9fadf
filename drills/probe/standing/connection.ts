import type { Socket } from "node:net";
import { bounded } from "../../hosts/bounded";
import { messageOf, UserError } from "../../../settings/user-error";
import { encodeLine, onLines } from "../../hosts/line-process";
import { standingEventSchema, type StandingCommand, type StandingDescription, type StandingEvent } from "./protocol";
import { connectTo } from "./socket-file";

const NEXT = "understudy probe --detach";

/** How long a standing probe may take to answer anything but `finish`. */
const ANSWER_WITHIN_MS = 5000;

/** One conversation with a standing probe: a command, its answer, the next command. */
export class StandingConnection {
  /** Fulfils when the connection has closed: the probe has ended, or this side has hung up. */
  readonly closed: Promise<void>;
  #waiter: PromiseWithResolvers<StandingEvent> | undefined;
  #isClosed = false;

  private constructor(
    private readonly file: string,
    private readonly socket: Socket,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        this.#waiter?.reject(this.#ended());
        resolve();
      });
    });
    onLines(socket, (line) => {
      this.#hear(line);
    });
  }

  /** @throws UserError when no standing probe listens at `file` */
  static async open(file: string): Promise<StandingConnection> {
    const connection = await StandingConnection.find(file);
    if (connection === undefined) throw new UserError(`no background probe listens at ${file}`, NEXT);
    return connection;
  }

  /** A connection; undefined when nobody listens at `file`. */
  static async find(file: string): Promise<StandingConnection | undefined> {
    const socket = await connectTo(file);
    return socket && new StandingConnection(file, socket);
  }

  /** @throws UserError when the probe refuses, is silent, or ends meanwhile */
  describe(): Promise<StandingDescription> {
    return this.#request({ command: "describe" }, "described", ANSWER_WITHIN_MS).then(({ probe }) => probe);
  }

  /** Takes the probe for as long as this connection lives. @throws UserError when another has it, or as `describe` */
  adopt(adopter: string): Promise<StandingDescription> {
    return this.#request({ command: "adopt", adopter }, "adopted", ANSWER_WITHIN_MS).then(({ probe }) => probe);
  }

  /** Stops writing and reads back. @throws UserError as `describe` */
  finish(
    readFrom: Extract<StandingCommand, { command: "finish" }>["readFrom"],
    withinMs: number,
  ): Promise<Extract<StandingEvent, { event: "evidence" }>> {
    return this.#request({ command: "finish", readFrom }, "evidence", withinMs);
  }

  /** Ends the probe. @throws UserError when it refuses, because a drill counts on it, or does not end */
  async stop(): Promise<void> {
    this.socket.write(encodeLine({ command: "stop" }));
    this.#waiter = Promise.withResolvers<StandingEvent>();
    const answer = this.#waiter.promise.catch(() => undefined);
    const event = await this.#within(ANSWER_WITHIN_MS, answer);
    if (event?.event === "refused") throw new UserError(event.reason, "understudy probe --stop", 3);
  }

  hangUp(): void {
    this.socket.destroy();
  }

  async #request<Kind extends StandingEvent["event"]>(
    command: StandingCommand,
    kind: Kind,
    withinMs: number,
  ): Promise<Extract<StandingEvent, { event: Kind }>> {
    if (this.#isClosed) throw this.#ended();
    const waiter = Promise.withResolvers<StandingEvent>();
    this.#waiter = waiter;
    this.socket.write(encodeLine(command));
    try {
      const event = await this.#within(withinMs, waiter.promise);
      if (event.event === "refused") throw new UserError(event.reason, NEXT, 3);
      if (event.event !== kind) throw new UserError(`the background probe answered "${event.event}"`, NEXT);
      return event as Extract<StandingEvent, { event: Kind }>;
    } finally {
      this.#waiter = undefined;
    }
  }

  #within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    const name = `the background probe at ${this.file}`;
    return bounded(name, milliseconds, work).catch((error: unknown) => {
      throw error instanceof UserError ? error : new UserError(messageOf(error), "understudy probe --stop");
    });
  }

  #hear(line: string): void {
    try {
      this.#waiter?.resolve(standingEventSchema.parse(JSON.parse(line)));
    } catch (error) {
      const what = messageOf(error).slice(0, 300);
      this.#waiter?.reject(new UserError(`${this.file}: what listens there is no background probe: ${what}`, NEXT));
    }
  }

  #ended(): UserError {
    return new UserError(`the background probe at ${this.file} has ended without an answer`, NEXT);
  }
}
