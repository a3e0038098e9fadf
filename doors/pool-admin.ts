import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import { serverSessions, type PoolRow } from "./orders";

const CONNECT_MS = 2000;
const POLL_MS = 5;

/** The sessions of PgBouncer's console, over its socket, as its own account: it lets in that one alone. */
export class PoolAdmin {
  #pausing: Promise<Client> | undefined;
  #watching: Promise<Client> | undefined;

  constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Opens both sessions, so that nothing has to be opened later. @throws Error when PgBouncer does not answer */
  async arm(): Promise<void> {
    await Promise.all([this.#pauses(), this.#watches()]);
  }

  /**
   * Holds every client after its transaction, and waits until no server session is left.
   * @returns how many server sessions were still at work when the time was up; 0 when all clients are held
   * @throws Error when PgBouncer refuses, as one that is paused already
   */
  async pause(withinMs: number): Promise<number> {
    const began = performance.now();
    const session = await this.#pauses();
    // An object: what a callback writes is not seen in a variable.
    const said: { end?: "paused" | Error } = {};
    // Once somebody resumes, it may never be answered: the time is watched by the other session.
    const answer = session.query("pause").then(
      () => (said.end = "paused"),
      (error: unknown) => (said.end = error as Error),
    );
    for (;;) {
      await Promise.race([answer, sleep(POLL_MS)]);
      if (said.end === "paused") return 0;
      if (said.end !== undefined) throw said.end;
      if (performance.now() - began <= withinMs) continue;
      return Math.max(1, serverSessions(await this.#ask("show pools")).busy);
    }
  }

  /** Lets the clients go on; nothing is done where they are not held. @throws Error when PgBouncer does not answer */
  async resume(): Promise<void> {
    try {
      await this.#ask("resume");
    } catch (error) {
      // It answered: there was nothing to resume.
      if (!(error instanceof DatabaseError)) throw error;
    }
    // The session that asked for a pause may wait for its answer for ever.
    const left = this.#pausing;
    this.#pausing = undefined;
    void left?.then((session) => session.end()).catch(() => undefined);
  }

  close(): void {
    for (const one of [this.#pausing, this.#watching])
      void one?.then((session) => session.end()).catch(() => undefined);
    this.#pausing = this.#watching = undefined;
  }

  #pauses(): Promise<Client> {
    return (this.#pausing ??= this.#open(() => (this.#pausing = undefined)));
  }

  #watches(): Promise<Client> {
    return (this.#watching ??= this.#open(() => (this.#watching = undefined)));
  }

  async #ask(words: string): Promise<readonly PoolRow[]> {
    const session = await this.#watches();
    return (await session.query<Record<string, unknown>>(words)).rows;
  }

  async #open(lost: () => void): Promise<Client> {
    const session = new Client({
      ...{ host: this.folder, port: this.port, user: "pgbouncer", database: "pgbouncer" },
      connectionTimeoutMillis: CONNECT_MS,
    });
    session.on("error", lost);
    session.on("end", lost);
    try {
      await session.connect();
    } catch (error) {
      lost();
      throw error;
    }
    return session;
  }
}
