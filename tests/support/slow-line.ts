import { connect, createServer, type Socket } from "node:net";

/** A port on loopback that leads to another one, and lets every byte wait for `delayMs` in both directions. */
export async function slowLine(to: number, delayMs: number): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, into: Socket): void => {
    from.on("data", (bytes) => setTimeout(() => into.writable && into.write(bytes), delayMs));
    from.on("close", () => setTimeout(() => into.destroy(), delayMs));
    from.on("error", () => undefined);
  };
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const one of [near, far]) sockets.add(one.setNoDelay());
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => {
      server.close();
      for (const one of sockets) one.destroy();
    },
  };
}
