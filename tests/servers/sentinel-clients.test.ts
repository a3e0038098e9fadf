import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Server } from "node:net";
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

/** Two hosts of loopback, whose Redis answer at these ports. */
async function hostsOf(redisPorts: readonly [number, number]): Promise<[SentinelHost, SentinelHost]> {
  const at = (port: number): { host: string; port: number } => ({ host: "127.0.0.1", port });
  const [a, b] = redisPorts;
  return [
    { redis: at(a), sentinel: at(await freePort()) },
    { redis: at(b), sentinel: at(await freePort()) },
  ];
}

describe("agents of a pair that answer as Sentinel", function () {
  this.timeout(60_000);
  this.slow(10_000);
  const folder = temporaryFolder();
  const stores: ReplicatingRedis[] = [];
  const servers: Server[] = [];
  let client: ChildProcess | undefined;

  afterEach(() => {
    client?.kill("SIGKILL");
    for (const one of stores.splice(0)) one.stop();
    for (const one of servers.splice(0)) one.close();
  });

  /** The agent of `self`, listening. @param role what it is now */
  async function listen(self: SentinelHost, peer: SentinelHost, role: () => Role): Promise<void> {
    const { port } = self.sentinel;
    const server = sentinelServer({ name: "pair", port, self, peer }, () => sightNow(role()));
    servers.push(server);
    await once(server.listen(port, "127.0.0.1"), "listening");
  }

  it("tell a subscriber of a switch that comes right after the subscription", async () => {
    const [a, b] = await hostsOf([6379, 6380]);
    let role: Role = "primary";
    await listen(a, b, () => role);
    const socket = connect(a.sentinel.port, "127.0.0.1").setEncoding("utf8");
    socket.setTimeout(5000, () => socket.destroy());
    socket.write("SUBSCRIBE +switch-master\r\n");
    let said = "";
    for await (const text of socket as AsyncIterable<string>) {
      said += text;
      role = "standby";
      if (said.includes("message")) break;
    }
    expect(said).to.include("pair 127.0.0.1 6379 127.0.0.1 6380");
  });

  it("are found by redis-py, which is told of a switch, and writes to the other host then", async function () {
    if (noRedis() !== undefined) this.skip();
    const start = (name: string): Promise<ReplicatingRedis> => ReplicatingRedis.start(path.join(folder(), name));
    for (const name of ["a", "b"]) stores.push(await start(name));
    const [first, second] = stores.map(({ port }) => port) as [number, number];
    const [a, b] = await hostsOf([first, second]);
    let primary = a;
    await listen(a, b, () => (primary === a ? "primary" : "standby"));
    await listen(b, a, () => (primary === b ? "primary" : "standby"));
    const ports = [a, b].map(({ sentinel }) => String(sentinel.port));
    const python = spawn("/usr/bin/python3", ["-B", "tests/support/sentinel_client.py", ...ports], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    client = python;
    const ended = new Promise((resolve) => python.once("close", resolve));
    const said: object[] = [];
    for await (const line of createInterface({ input: python.stdout })) {
      said.push(JSON.parse(line) as object);
      if (said.length === 1) primary = b;
    }
    expect(await ended).to.equal(0);
    const host = "127.0.0.1";
    expect(said).to.deep.equal([
      { primary: first, host, replicas: [second], read: "before" },
      { told: `pair ${host} ${String(first)} ${host} ${String(second)}` },
      { primary: second, host, replicas: [first], read: "after" },
      { another: "not found" },
    ]);
  });
});
