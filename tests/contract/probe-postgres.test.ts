import { expect } from "chai";
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreConnection } from "../../drills/probe/answer";
import { openPostgres } from "../../drills/probe/postgres-connection";
import {
  backendMessage,
  fakePostgresServer,
  INSERTED,
  READY,
  reportBody,
  type PostgresScript,
} from "../support/fake-postgres-server";

describe("the probe's PostgreSQL connection, through the driver", () => {
  let server: Server | undefined;
  let connection: StoreConnection | undefined;

  async function connected(script: PostgresScript): Promise<StoreConnection> {
    const fake = await fakePostgresServer(script);
    server = fake.server;
    connection = await openPostgres({ host: "127.0.0.1", port: fake.port }, "password", "d-1");
    return connection;
  }

  afterEach(() => {
    connection?.destroy();
    server?.close();
  });

  it("takes nothing before ReadyForQuery for an acknowledgement: the commit comes after CommandComplete", async () => {
    const one = await connected((socket) => {
      socket.write(INSERTED.subarray(0, INSERTED.length - READY.length));
      setTimeout(() => socket.destroy(), 30);
    });
    expect((await one.write(1)).outcome).to.equal("i");
  });

  it("takes ReadyForQuery for the acknowledgement", async () => {
    const one = await connected((socket) => socket.write(INSERTED));
    expect(await one.write(1)).to.deep.equal({ outcome: "a", ended: true, reason: "" });
    expect((await one.write(2)).outcome).to.equal("a");
  });

  it("takes a standby's 25006 for a refusal and stays connected for the next", async () => {
    const refusal = backendMessage(
      "E",
      reportBody("ERROR", "25006", "cannot execute INSERT in a read-only transaction"),
    );
    let writes = 0;
    const one = await connected((socket) => {
      writes += 1;
      socket.write(writes < 3 ? Buffer.concat([backendMessage("1"), refusal, READY]) : INSERTED);
    });
    expect([(await one.write(1)).outcome, (await one.write(1)).outcome, (await one.write(1)).outcome]).to.deep.equal([
      "r",
      "r",
      "a",
    ]);
  });

  it("does not know the fate of a write that was answered with 57P01, and closes", async () => {
    const shutdown = backendMessage("E", reportBody("FATAL", "57P01", "terminating connection"));
    const one = await connected((socket) => socket.end(shutdown));
    expect((await one.write(1)).outcome).to.equal("i");
    await one.closed;
    expect(one.isOpen).to.equal(false);
  });

  it("takes a commit with a warning, as after a cancelled wait for the standby, for indeterminate", async () => {
    const warning = backendMessage("N", reportBody("WARNING", "01000", "canceling wait for synchronous replication"));
    let warns = true;
    const one = await connected((socket) => {
      socket.write(warns ? Buffer.concat([warning, INSERTED]) : INSERTED);
      warns = false;
    });
    expect((await one.write(1)).outcome).to.equal("i");
    expect((await one.write(2)).outcome).to.equal("a");
  });

  it("notices that the server ends an idle session, without an attempt", async () => {
    const fake = { socket: undefined as { end(data: Buffer): unknown } | undefined };
    const one = await connected((socket) => {
      fake.socket = socket;
      socket.write(INSERTED);
    });
    await one.write(1);
    fake.socket?.end(backendMessage("E", reportBody("FATAL", "57P01", "terminating connection")));
    await one.closed;
    expect(one.isOpen).to.equal(false);
  });

  it("ends a silent write as indeterminate when it is destroyed", async () => {
    const one = await connected(() => undefined);
    const writing = one.write(1);
    await sleep(10);
    one.destroy();
    expect((await writing).outcome).to.equal("i");
  });
});
