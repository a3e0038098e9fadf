import { expect } from "chai";
import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { connectPostgres } from "../../drills/hosts/postgres";
import { connectRedis } from "../../drills/hosts/redis";
import { SUPERUSER } from "../../settings/names";
import { keepBusy } from "../support/busy-process";
import { canRunPostgres, POSTGRES_PASSWORD, startPostgres } from "../support/real-postgres";
import { canRunRedis, REDIS_PASSWORD, startRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";

/** Longer than a server may be silent while a session is opened. */
const BUSY_MS = 6000;

/** What has come while this process had no time is an answer: a machine under load is no sign that a server has died. */
describe("a process that is busy while it opens a session", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it("reaches a PostgreSQL that answers at once", async function () {
    if (!canRunPostgres()) this.skip();
    chmodSync(folder(), 0o755);
    mkdirSync(path.join(folder(), "server"));
    const server = await startPostgres(path.join(folder(), "server"));
    try {
      const opening = connectPostgres(
        { address: "127.0.0.1", port: server.port, user: SUPERUSER, password: POSTGRES_PASSWORD },
        "postgres",
      );
      keepBusy(BUSY_MS);
      const session = await opening;
      await session.end();
    } finally {
      server.stop();
    }
  });

  it("reaches a Redis that answers at once", async function () {
    if (!canRunRedis()) this.skip();
    const server = await startRedis(folder());
    try {
      const opening = connectRedis({ address: "127.0.0.1", port: server.port, password: REDIS_PASSWORD });
      keepBusy(BUSY_MS);
      const session = await opening;
      expect(await session.command("PING")).to.equal("PONG");
      session.close();
    } finally {
      await server.stop();
    }
  });
});
