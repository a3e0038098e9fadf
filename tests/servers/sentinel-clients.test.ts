import { spawn } from "node:child_process";
import type { Server } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { sentinelServer } from "../../agent/sentinel-server";
import type { Sight } from "../../agent/sight";
import type { SentinelHost } from "../../settings/agent-config";
import type { Role } from "../../settings/pair";
import { guardSight, hostSight, peerSight, redisSightOf, saidNow } from "../support/agent-sight";
import { freePort } from "../support/free-port";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { temporaryFolder } from "../support/temporary-folder";

/** What the agent of a host with this role sees now, sure of itself and told so by the other one. */
function sightNow(role: Role): Sight {
  const atMs = Date.now();
  const redis = { server: saidNow(redisSightOf(role), atMs), guard: guardSight(role, { atMs }) };
  const other = peerSight(role === "primary" ? "standby" : "primary", { atMs });
  const stores = { ...other.stores, ...(other.stores.redis && { redis: { ...other.stores.redis, sure: true } }) };
  return { ...hostSight(role), redis, peer: { ...other, stores } };
}

describe("redis-py in Sentinel mode, and the agents of a pair", function () {
  this.timeout(60_000);
  this.slow(10_000);
  const folder = temporaryFolder();
  const stores: ReplicatingRedis[] = [];
  const servers: Server[] = [];

  before(function () {
    if (noRedis() !== undefined) this.skip();
  });
  after(() => {
    for (const one of stores) one.stop();
    for (const one of servers) one.close();
  });

  it("finds the primary, is told of a switch, and writes to the other host then", async () => {
    const hosts: SentinelHost[] = [];
    for (const name of ["a", "b"]) {
      const redis = await ReplicatingRedis.start(path.join(folder(), name));
      stores.push(redis);
      hosts.push({
        redis: { host: "127.0.0.1", port: redis.port },
        sentinel: { host: "127.0.0.1", port: await freePort() },
      });
    }
    const [a, b] = hosts as [SentinelHost, SentinelHost];
    let primary = a;
    for (const [self, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const config = { name: "pair", port: self.sentinel.port, self, peer };
      const server = sentinelServer(config, () => sightNow(primary === self ? "primary" : "standby"));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(self.sentinel.port, "127.0.0.1", resolve));
    }
    const words = ["-B", "tests/support/sentinel_client.py", ...hosts.map(({ sentinel }) => String(sentinel.port))];
    const client = spawn("/usr/bin/python3", words, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => client.once("close", resolve));
    const said: object[] = [];
    for await (const line of createInterface({ input: client.stdout })) {
      said.push(JSON.parse(line) as object);
      if (said.length === 1) primary = b;
    }
    expect(await ended).to.equal(0);
    const host = "127.0.0.1";
    expect(said).to.deep.equal([
      { primary: a.redis.port, host, replicas: [b.redis.port], read: "before" },
      { told: `pair ${host} ${a.redis.port} ${host} ${b.redis.port}` },
      { primary: b.redis.port, host, replicas: [a.redis.port], read: "after" },
      { another: "not found" },
    ]);
  });
});
