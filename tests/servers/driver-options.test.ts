import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import { expect } from "chai";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import type { ClientOrder } from "../../drills/clients/order";
import { pollUntil } from "../../drills/hosts/bounded";
import { identifyRedis } from "../../drills/hosts/redis";
import { clientErrorsOf } from "../../evidence/client-figures";
import { clientLoadFaults } from "../../evidence/client-load-faults";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { TcpRelay } from "../support/tcp-relay";
import { temporaryFolder } from "../support/temporary-folder";

const PAGE = readFileSync(path.resolve(__dirname, "../../docs/CONNECT.md"), "utf8");
const CHANGES = 10;

interface PageFunctions {
  readonly connectToRedisPrimary: (addresses: readonly object[], password?: string) => Promise<unknown>;
  readonly writeToPrimary: (session: object, connect: () => Promise<unknown>, words: string[]) => Promise<unknown>;
}

function pageFunctions(): PageFunctions {
  const blocks = [...PAGE.matchAll(/```js\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  const body = `${blocks.join("\n")}\nreturn { connectToRedisPrimary, writeToPrimary };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what the page says is what is tried
  return (new Function("createClient", body) as (make: unknown) => PageFunctions)(createClient);
}

describe("Redis drivers' own options, under load, while the roles change ten times", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const servers: ReplicatingRedis[] = [];
  const loads: RunningLoad[] = [];
  let door: TcpRelay | undefined;
  after(async () => {
    await Promise.all(loads.map((load) => load.abort()));
    door?.close();
    for (const one of servers) one.stop();
  });

  const stop = new AbortController();
  const counted = { acknowledged: 0, failed: 0 };

  async function started(
    run: string,
    order: Pick<ClientOrder, "driver" | "resend">,
    port: number,
  ): Promise<RunningLoad> {
    const load = await startLoad({
      ...{ ...order, run, originNs: String(process.hrtime.bigint()), route: "door", intervalMs: 5, clients: 3 },
      ...{ user: "default", password: "", addresses: [{ host: "127.0.0.1", port }] },
    });
    if ("reason" in load) return expect.fail(`${order.driver}: ${load.reason}`);
    loads.push(load);
    await load.ready;
    return load;
  }

  /** As drills/planned/redis-exchange.ts does it; the door leads to the new primary before writes go on. */
  async function exchange(old: ReplicatingRedis, fresh: ReplicatingRedis, leads: TcpRelay): Promise<void> {
    await old.session.command("CLIENT", "PAUSE", "10000", "WRITE");
    const { offset } = await identifyRedis(old.session);
    const { reached } = await pollUntil(
      () => identifyRedis(fresh.session),
      (one) => one.offset === offset,
      { deadlineMs: 5000, pauseMs: 1 },
    );
    expect(reached, "equal offsets").to.equal(true);
    await old.session.command("REPLICAOF", "127.0.0.1", String(fresh.port));
    await fresh.session.command("REPLICAOF", "NO", "ONE");
    leads.target = fresh.port;
    await old.session.command("CLIENT", "UNPAUSE");
    await pollUntil(
      () => identifyRedis(old.session),
      (one) => one.follows?.linkUp === true,
      { deadlineMs: 10_000, pauseMs: 10 },
    );
  }

  /** How many statements of a run the primary has. */
  async function written(primary: ReplicatingRedis, run: string): Promise<number> {
    const entries = (await primary.session.command("XRANGE", "understudy:events", "-", "+")) as [string, string[]][];
    return entries.filter(([, fields]) => fields.includes(run)).length;
  }

  before(async function () {
    if (noRedis() !== undefined) this.skip();
    for (const name of ["a", "b"]) {
      servers.push(await ReplicatingRedis.start(path.join(folder(), name), "--repl-ping-replica-period", "3600"));
    }
  });

  it("redis-py by its option and @redis/client by the page's function see no error; without them writes are refused", async () => {
    const [a, b] = servers;
    if (a === undefined || b === undefined) return expect.fail("no servers");
    await b.follow(a);
    const leads = await new TcpRelay(a.port).listen();
    door = leads;
    const own = await started("redis-py/own", { driver: "redis-py", resend: true }, leads.port);
    const plain = await started("node-redis/plain", { driver: "node-redis" }, leads.port);
    const { connectToRedisPrimary, writeToPrimary } = pageFunctions();
    const connect = (): Promise<unknown> => connectToRedisPrimary([{ host: "127.0.0.1", port: leads.port }]);
    const sessions = Array.from({ length: 3 }, (): { client?: { destroy: () => void } } => ({}));
    const writers = sessions.map(async (session) => {
      while (!stop.signal.aborted) {
        await writeToPrimary(session, connect, ["XADD", "understudy:events", "*", "run", "page", "seq", "1"]).then(
          () => (counted.acknowledged += 1),
          () => (counted.failed += 1),
        );
        await sleep(5);
      }
      session.client?.destroy();
    });
    for (let change = 0; change < CHANGES; change += 1) {
      await sleep(150);
      await (change % 2 === 0 ? exchange(a, b, leads) : exchange(b, a, leads));
    }
    await sleep(150);
    stop.abort();
    await Promise.all(writers);
    const [ofOwn, ofPlain] = [await own.finish(), await plain.finish()];

    expect(clientLoadFaults(ofOwn)).to.deep.equal([]);
    expect(clientErrorsOf(ofOwn), JSON.stringify(ofOwn.codes)).to.equal(0);
    expect([ofOwn.resends, ofOwn.counts.resent > 0]).to.deep.equal(["counted", true]);
    expect(await written(a, "redis-py/own")).to.equal(ofOwn.counts.answered);

    expect(counted.failed).to.equal(0);
    expect(counted.acknowledged).to.be.greaterThan(CHANGES);
    expect(await written(a, "page")).to.equal(counted.acknowledged);

    expect(ofPlain.codes["READONLY"]).to.equal(ofPlain.counts.failed).and.be.greaterThan(0);
    expect(await written(a, "node-redis/plain")).to.equal(ofPlain.counts.answered);
  });
});
