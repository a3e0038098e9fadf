import { expect } from "chai";
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreConnection } from "../../drills/probe/answer";
import { openRedis } from "../../drills/probe/redis-connection";
import { fakeRedisServer, type RedisScript } from "../support/fake-redis-server";

const READONLY = "-READONLY You can't write against a read only replica.\r\n";

describe("the probe's Redis connection, through the driver", () => {
  let server: Server | undefined;
  let connection: StoreConnection | undefined;

  async function connected(script: RedisScript): Promise<StoreConnection> {
    const fake = await fakeRedisServer(script);
    server = fake.server;
    connection = await openRedis(
      { host: "127.0.0.1", port: fake.port },
      { redisUser: "default", redis: "password" },
      "d-1",
    );
    return connection;
  }

  afterEach(() => {
    connection?.destroy();
    server?.close();
  });

  it("sends one stream entry with run and number, and keeps its id as the receipt", async () => {
    const sent: (readonly string[])[] = [];
    const one = await connected((words) => {
      sent.push(words);
      return "$5\r\n170-0\r\n";
    });
    expect(await one.write(7)).to.deep.equal({ outcome: "a", ended: true, reason: "", receipt: "170-0" });
    expect(sent).to.deep.equal([["XADD", "understudy:events", "*", "run", "d-1", "seq", "7"]]);
  });

  it("waits out a paused write, takes its late READONLY for a refusal, and stays connected", async () => {
    const one = await connected(() => sleep(80).then(() => READONLY));
    const began = performance.now();
    expect((await one.write(1)).outcome).to.equal("r");
    expect(performance.now() - began).to.be.at.least(78);
    expect(one.isOpen).to.equal(true);
  });

  it("does not know the fate of a write whose connection went away, and does not send it again", async () => {
    let writes = 0;
    const one = await connected((_words, socket) => {
      writes += 1;
      socket.destroy();
      return null;
    });
    expect((await one.write(1)).outcome).to.equal("i");
    await one.closed;
    expect(one.isOpen).to.equal(false);
    await sleep(50);
    expect(writes).to.equal(1);
  });

  it("closes after an error it does not know", async () => {
    const one = await connected(() => "-ERR unheard of\r\n");
    expect((await one.write(1)).outcome).to.equal("i");
    await one.closed;
    expect(one.isOpen).to.equal(false);
  });

  it("ends a silent write as indeterminate when it is destroyed", async () => {
    const one = await connected(() => null);
    const writing = one.write(1);
    await sleep(10);
    one.destroy();
    expect((await writing).outcome).to.equal("i");
  });
});
