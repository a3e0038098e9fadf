import { connect, createServer, type Server, type Socket } from "node:net";

/** A door of the simplest kind: it passes bytes between its clients and a server, and breaks a connection when told to. */
export class TcpRelay {
  readonly #pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  #server: Server | undefined;
  #dropAt: { left: number; resolve: () => void } | undefined;

  /** @param target the port on loopback that connections lead to; may change, for those that come later */
  constructor(public target: number) {}

  get port(): number {
    const address = this.#server?.address();
    if (typeof address !== "object" || address === null) throw new Error("the relay does not listen");
    return address.port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<this> {
    const server = createServer({ noDelay: true }, (client) => this.#join(client));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#server = server;
    return this;
  }

  /**
   * Passes `answers` more chunks of answers on, then breaks the connection of the next one instead of passing it on: its
   * client waits for exactly that answer. Fulfils then.
   */
  dropAfter(answers: number): Promise<void> {
    return new Promise((resolve) => (this.#dropAt = { left: answers, resolve }));
  }

  /** Breaks every connection. */
  dropAll(): void {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
  }

  close(): void {
    this.#server?.close();
    this.dropAll();
  }

  #join(client: Socket): void {
    const server = connect({ host: "127.0.0.1", port: this.target, noDelay: true });
    const pair = { client, server };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      const drop = this.#dropAt;
      if (drop === undefined || (drop.left -= 1) >= 0) return void client.write(chunk);
      this.#dropAt = undefined;
      end();
      drop.resolve();
    });
  }
}
