import { expect } from "chai";
import { createServer, type Server, type Socket } from "node:net";
import { openPostgres } from "../../drills/probe/postgres-connection";
import type { ProbeAddress } from "../../drills/probe/options";
import { openRedis } from "../../drills/probe/redis-connection";
import type { StoreConnection } from "../../drills/probe/answer";

const OPENERS: Readonly<Record<string, (at: ProbeAddress) => Promise<StoreConnection>>> = {
  PostgreSQL: (at) => openPostgres(at, "password", "d-1"),
  Redis: (at) => openRedis(at, { redisUser: "default", redis: "password" }, "d-1"),
};

describe("a server that takes connections and says nothing, as a frozen one does", function () {
  this.timeout(20_000);
  this.slow(12_000);
  const sockets = new Set<Socket>();
  let server: Server;
  let at: ProbeAddress;

  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).resume();
      socket.once("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    at = { host: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 };
  });

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  for (const [store, open] of Object.entries(OPENERS)) {
    it(`is given up within 5 s by the probe's ${store} connection, which leaves no socket behind`, async () => {
      const began = performance.now();
      const outcome = await open(at).then(
        () => "opened",
        () => "given up",
      );
      expect(outcome).to.equal("given up");
      expect(performance.now() - began).to.be.lessThan(5000);
      while (sockets.size > 0 && performance.now() - began < 6000) await new Promise((done) => setTimeout(done, 10));
      expect(sockets.size).to.equal(0);
    });
  }
});
