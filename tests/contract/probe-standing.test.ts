import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { probeRecordFaults } from "../../evidence/probe-record-faults";
import { pollUntil } from "../../drills/hosts/bounded";
import { adoptProbe, type AdoptedProbe } from "../../drills/probe/adopt";
import type { ProbeOptions } from "../../drills/probe/options";
import { startStandingProbe, type StartedProbe } from "../../drills/probe/standing/start";
import { stopStandingProbe } from "../../drills/probe/standing/stop";
import { watchStandingProbe } from "../../drills/probe/standing/watch";
import { messageOf, UserError } from "../../settings/user-error";
import { FakePair } from "../support/fake-pair";
import { temporaryFolder } from "../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../..");
const NEW_PRIMARY = { timescaledb: "host-b", redis: "host-b" };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function refusalOf(work: Promise<unknown>): Promise<{ message: string; next: string; exitCode: number }> {
  const error = await work.then(
    () => new Error("it was not refused"),
    (thrown: unknown) => thrown,
  );
  const { next, exitCode } = error instanceof UserError ? error : { next: "", exitCode: 0 };
  return { message: messageOf(error), next, exitCode };
}

describe("a standing probe", function () {
  this.timeout(60_000);
  this.slow(8000);
  const folder = temporaryFolder();
  let pair: FakePair;
  let probe: StartedProbe | undefined;
  let adopted: AdoptedProbe | undefined;
  let sockets = 0;
  let socket = "";

  beforeEach(async () => {
    pair = await FakePair.start();
    sockets += 1;
    socket = path.join(folder(), `${sockets}.sock`);
  });

  afterEach(async () => {
    await adopted?.abort();
    await probe?.end();
    probe = adopted = undefined;
    pair.stop();
  });

  function options(more: Partial<ProbeOptions> = {}): ProbeOptions {
    return {
      drillId: "standing-1",
      endpoints: [...pair.endpoints],
      credentials: { postgres: "postgres-password-1", redis: "redis-password-2" },
      originNs: String(process.hrtime.bigint()),
      attemptTimeoutMs: 300,
      readyWithinMs: 5000,
      ...more,
    };
  }

  async function standing(more: Partial<ProbeOptions> = {}): Promise<StartedProbe> {
    probe = await startStandingProbe(options(more), { environment: "lab", socket, attached: true });
    return probe;
  }

  /** Waits until host-a has this many events of each store more than host-b. */
  async function hostAIsAheadBy(events: number): Promise<void> {
    const ahead = (): boolean => {
      const [there, here] = [pair.counts("host-a", "standing-1"), pair.counts("host-b", "standing-1")];
      return there.postgres - here.postgres >= events && there.redis - here.redis >= events;
    };
    const { reached } = await pollUntil(() => Promise.resolve(ahead()), Boolean, { deadlineMs: 10_000, pauseMs: 5 });
    expect(reached).to.equal(true);
  }

  it("listens where only its account may come in, and is ready without the standby", async () => {
    pair.become("host-b", "dead");
    const { readiness } = await standing();
    expect(await readiness).to.equal(undefined);
    expect(statSync(socket).mode & 0o777).to.equal(0o600);
  });

  it("gives an adopter its run, its clock and what each store acknowledged last", async () => {
    const given = options();
    const before = process.hrtime.bigint();
    probe = await startStandingProbe(given, { environment: "lab", socket, attached: true });
    await probe.readiness;
    adopted = await adoptProbe(socket, { adopter: "drill d-1", endpoints: pair.endpoints });
    await adopted.ready;
    expect(adopted).to.include({ drillId: "standing-1", originNs: given.originNs, pid: probe.pid });
    expect(Math.abs(Date.parse(adopted.startedAt) - Date.now())).to.be.lessThan(20_000);
    for (const last of Object.values(adopted.lastAcknowledged)) {
      expect(last?.endpoint).to.equal("host-a");
      expect(last?.atMs).to.be.within(0, Number(process.hrtime.bigint() - before) / 1e6 + 1000);
    }
  });

  for (const [how, state] of [
    ["refuses connections", "dead"],
    ["is silent on open connections", "silent"],
  ] as const) {
    it(`counts what is lost and measures the outage when the primary ${how} before the drill begins`, async () => {
      await (
        await standing()
      ).readiness;
      pair.replicates = false;
      await hostAIsAheadBy(10);
      pair.become("host-a", state);
      await sleep(800);
      adopted = await adoptProbe(socket);
      await adopted.ready;
      pair.become("host-b", "primary");
      const evidence = await adopted.finish(NEW_PRIMARY);
      for (const store of ["timescaledb", "redis"] as const) {
        const { samples, counts, gap, endpoints } = evidence[store];
        const acknowledged = (by: string): number[] =>
          samples.endMs.filter(
            (end, at): end is number =>
              end !== null && samples.outcome[at] === "a" && endpoints[samples.endpoint[at] ?? -1] === by,
          );
        const has = pair.counts("host-b", "standing-1")[store === "redis" ? "redis" : "postgres"];
        expect(counts.lost)
          .to.equal(counts.acknowledged - has)
          .and.to.be.greaterThan(3);
        expect(counts).to.include({ duplicated: 0, phantom: 0 });
        expect(gap).to.deep.equal({
          fromMs: acknowledged("host-a").at(-1),
          toMs: acknowledged("host-b")[0],
        });
        expect(evidence[store].longestGapMs).to.be.greaterThan(750);
        expect(adopted.lastAcknowledged[store]).to.deep.equal({ endpoint: "host-a", atMs: gap?.fromMs });
        expect(probeRecordFaults(evidence[store], evidence)).to.deep.equal([]);
      }
      await probe?.ended;
      expect(existsSync(socket)).to.equal(false);
    });
  }

  it("goes on when the old primary comes back read-only", async () => {
    await (
      await standing()
    ).readiness;
    pair.become("host-a", "dead");
    await sleep(200);
    pair.become("host-b", "primary");
    await sleep(200);
    pair.become("host-a", "standby");
    await sleep(300);
    adopted = await adoptProbe(socket);
    const { timescaledb, redis } = await adopted.finish(NEW_PRIMARY);
    for (const { counts, samples } of [timescaledb, redis]) {
      expect(counts).to.include({ lost: 0, duplicated: 0, phantom: 0 });
      expect(samples.endpoint.at(-1)).to.equal(1);
    }
  });

  it("begins when its stores do, and until then says why it is not ready", async () => {
    for (const name of ["host-a", "host-b"] as const) pair.become(name, "dead");
    const { readiness } = await standing({ readyWithinMs: 2000 });
    expect(await readiness)
      .to.contain("timescaledb: 0 of 20")
      .and.to.contain("ECONNREFUSED");
    const early = await adoptProbe(socket);
    expect((await refusalOf(early.ready)).message).to.contain(
      "the background probe is not ready: timescaledb: 0 of 20",
    );
    await early.abort();
    pair.become("host-a", "primary");
    const { reached } = await pollUntil(
      async () => {
        await adopted?.abort();
        adopted = await adoptProbe(socket);
        return adopted.ready.then(
          () => true,
          () => false,
        );
      },
      Boolean,
      { deadlineMs: 10_000, pauseMs: 100 },
    );
    expect(reached).to.equal(true);
  });

  it("lives on when its adopter lets go, and when its adopter is killed", async () => {
    await (
      await standing()
    ).readiness;
    await (await adoptProbe(socket)).abort();
    const child = adopterProcess(socket);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    const refusal = await refusalOf(adoptProbe(socket));
    expect(refusal.message).to.contain("the background probe standing-1").and.to.contain("is adopted by drill d-7");
    expect(refusal.exitCode).to.equal(3);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    await sleep(50);
    adopted = await adoptProbe(socket);
    pair.become("host-a", "dead");
    pair.become("host-b", "primary");
    expect((await adopted.finish(NEW_PRIMARY)).redis.counts.lost).to.equal(0);
  });

  it("says so when it was killed: before the adoption, and in the middle of it", async () => {
    await (
      await standing()
    ).readiness;
    adopted = await adoptProbe(socket);
    process.kill(probe?.pid ?? 0, "SIGKILL");
    const ended = await refusalOf(adopted.finish(NEW_PRIMARY));
    expect(ended.message).to.contain(`the background probe at ${socket} has ended`);
    // A process that is dying may still accept a connection.
    await probe?.ended;
    expect(await refusalOf(adoptProbe(socket))).to.deep.equal({
      message: `no background probe listens at ${socket}`,
      next: "understudy probe --detach",
      exitCode: 1,
    });
  });

  it("takes the place of one that died, and refuses a second one by its name", async () => {
    const first = await standing();
    process.kill(first.pid, "SIGKILL");
    await first.ended;
    expect(existsSync(socket)).to.equal(true);
    const second = await standing();
    const refusal = await refusalOf(
      startStandingProbe(options({ drillId: "standing-2" }), { environment: "lab", socket, attached: true }),
    );
    expect(refusal.message).to.contain(`standing-1 (pid ${second.pid}) of lab, since 20`);
    expect(refusal.exitCode).to.equal(3);
    expect(isAlive(second.pid)).to.equal(true);
    expect(pair.counts("host-a", "standing-2")).to.deep.equal({ postgres: 0, redis: 0 });
  });

  it("never removes a file that is no socket, nor speaks to what is no probe", async () => {
    writeFileSync(socket, "precious");
    expect((await refusalOf(standing())).message).to.contain("is there and is not a socket");
    expect(existsSync(socket)).to.equal(true);
    const other = `${socket}2`;
    const mute = createServer((client) => client.once("data", () => client.write("220 hello\r\n"))).listen(other);
    await new Promise((resolve) => mute.once("listening", resolve));
    expect((await refusalOf(adoptProbe(other))).message).to.contain("what listens there is no background probe");
    mute.close();
  });

  it("does not wait for ever for a probe that is frozen", async () => {
    await (
      await standing()
    ).readiness;
    process.kill(probe?.pid ?? 0, "SIGSTOP");
    const refusal = await refusalOf(adoptProbe(socket));
    process.kill(probe?.pid ?? 0, "SIGCONT");
    expect(refusal.message).to.match(/the background probe at .* no answer within 5000 ms/);
  });

  it("is refused to a drill of another pair, and stays for its own", async () => {
    await (
      await standing()
    ).readiness;
    const others = pair.endpoints.map((one) => ({ ...one, redis: { ...one.redis, port: 1 } }));
    const refusal = await refusalOf(adoptProbe(socket, { endpoints: others }));
    expect(refusal.message).to.contain("writes to another pair").and.to.contain("127.0.0.1:1");
    adopted = await adoptProbe(socket, { endpoints: [...pair.endpoints].reverse() });
  });

  it("stops on demand, but not under a drill", async () => {
    await (
      await standing()
    ).readiness;
    adopted = await adoptProbe(socket, { adopter: "drill d-1" });
    const refusal = await refusalOf(stopStandingProbe(socket));
    expect(refusal.message).to.contain("is adopted by drill d-1");
    expect(refusal.exitCode).to.equal(3);
    await adopted.abort();
    expect((await stopStandingProbe(socket)).run).to.equal("standing-1");
    expect((await probe?.ended)?.code).to.equal(0);
    expect((await refusalOf(stopStandingProbe(socket))).message).to.contain("no background probe listens");
  });

  it("ends when its time is over, and when its socket's file is taken away", async () => {
    const { ended } = await standing({ maxDurationMs: 500 });
    expect((await ended).code).to.equal(0);
    const lost = await standing();
    await sleep(100);
    unlinkSync(socket);
    expect(await lost.ended).to.deep.equal({ code: 1, notes: "probe: its socket's file was taken away" });
  });

  it("writes on for its drill when its time is over", async () => {
    await (
      await standing({ maxDurationMs: 1500 })
    ).readiness;
    adopted = await adoptProbe(socket);
    await sleep(2000);
    const { counts } = (await adopted.finish({ timescaledb: "host-a", redis: "host-a" })).redis;
    expect(counts.acknowledged).to.be.greaterThan(250);
  });

  it("shows an onlooker how far it is, without a password and without being adopted", async () => {
    await (
      await standing()
    ).readiness;
    const looking = new AbortController();
    const last = await watchStandingProbe(
      socket,
      () => {
        looking.abort();
      },
      looking.signal,
    );
    expect(last?.stores.redis.acknowledged).to.be.greaterThan(19);
    expect(last?.adoptedBy).to.equal(null);
    expect(JSON.stringify(last)).not.to.contain("password");
  });

  it("answers nonsense with a refusal and goes on", async () => {
    await (
      await standing()
    ).readiness;
    const client = createConnection(socket);
    client.write('nonsense\n{"command":"finish","readFrom":{"timescaledb":"host-a","redis":"host-a"}}\n');
    let heard = "";
    client.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    while (heard.split("\n").length < 3) await sleep(10);
    client.destroy();
    const answers = heard
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; reason: string });
    expect(answers.map(({ event }) => event)).to.deep.equal(["refused", "refused"]);
    expect(answers[1]?.reason).to.contain("who has adopted the probe");
    adopted = await adoptProbe(socket);
  });

  it("lives on alone when it was not attached to who started it", async () => {
    const script = `
      const { startStandingProbe } = require("./drills/probe/standing/start.ts");
      startStandingProbe(${JSON.stringify(options())}, ${JSON.stringify({ environment: "lab", socket, attached: false })})
        .then(async (probe) => { await probe.readiness; probe.letGo(); console.log(probe.pid); });`;
    const starter = spawn(process.execPath, ["--import", "tsx", "-e", script], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", 2],
    });
    let pid = 0;
    starter.stdout?.once("data", (line: Buffer) => (pid = Number(line)));
    expect(await new Promise((resolve) => starter.once("close", resolve))).to.equal(0);
    await sleep(1500);
    expect(isAlive(pid)).to.equal(true);
    await stopStandingProbe(socket);
  });

  it("refuses an interval whose events would not fit into its memory", async () => {
    const refusal = await refusalOf(standing({ intervalMs: 1, maxDurationMs: 3_600_000 }));
    expect(refusal.message).to.contain("options.intervalMs: so many events do not fit");
    expect(refusal.exitCode).to.equal(2);
  });
});

function adopterProcess(socket: string): ChildProcess {
  const script = `
    const { adoptProbe } = require("./drills/probe/adopt.ts");
    adoptProbe(${JSON.stringify(socket)}, { adopter: "drill d-7" }).then(() => console.log("adopted"));
    setInterval(() => undefined, 1000);`;
  return spawn(process.execPath, ["--import", "tsx", "-e", script], { cwd: ROOT, stdio: ["ignore", "pipe", 2] });
}
