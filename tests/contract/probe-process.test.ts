import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { startProbe, type ProbeHandle } from "../../drills/probe/probe";
import type { ProbeOptions } from "../../drills/probe/options";
import { encodeLine } from "../../drills/hosts/line-process";
import { messageOf } from "../../settings/user-error";

const ROOT = path.resolve(__dirname, "../..");
const SECRETS = { postgres: "postgres-password-1", redis: "redis-password-2" };

/** A loopback port on which nobody listens. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 1);
      });
    });
  });
}

async function unreachable(): Promise<ProbeOptions> {
  const at = { host: "127.0.0.1", port: await closedPort() };
  return {
    drillId: "d-1",
    originNs: String(process.hrtime.bigint()),
    credentials: SECRETS,
    readyWithinMs: 300,
    settleMs: 0,
    endpoints: ["host-a", "host-b"].map((name) => ({ name, postgres: at, redis: at })),
  };
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function bareProbe(): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "drills/probe/main.ts"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs the probe's process with `input` and waits for its end; stdin stays open until then. */
function runBare(input: string): Promise<{ code: number | null; stderr: string }> {
  const child = bareProbe();
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.write(input);
  return new Promise((resolve) => {
    child.once("close", (code) => {
      resolve({ code, stderr });
    });
  });
}

describe("the probe's process", function () {
  this.timeout(30_000);
  let probe: ProbeHandle | undefined;

  afterEach(async () => {
    await probe?.abort();
    probe = undefined;
  });

  it("shares its monotonic clock with other processes of the machine", () => {
    const before = process.hrtime.bigint();
    const other = spawnSync(process.execPath, ["-p", "String(process.hrtime.bigint())"], { encoding: "utf8" });
    const between = BigInt(other.stdout.trim());
    expect(between > before && between < process.hrtime.bigint()).to.equal(true);
  });

  it("is not ready without its stores: says which, where and why, and stays for the evidence", async () => {
    probe = await startProbe(await unreachable());
    const reason = await probe.ready.then(() => "ready", messageOf);
    for (const part of ["timescaledb: 0 of 20", "redis: 0 of 20", "host-a", "host-b", "ECONNREFUSED"]) {
      expect(reason).to.contain(part);
    }
    const evidence = await probe.finish({ timescaledb: "host-a", redis: "host-b" });
    for (const store of [evidence.timescaledb, evidence.redis]) {
      expect(store.found).to.equal(null);
      expect(store.counts).to.include({ acknowledged: 0, lost: null, duplicated: null, phantom: null });
    }
    expect(probe.notes()).to.contain("nothing read back from host-a");
    expect(isAlive(probe.pid)).to.equal(false);
  });

  it("is ready as soon as it writes when nobody can acknowledge, if that is asked for", async () => {
    probe = await startProbe({ ...(await unreachable()), readyWhen: "started" });
    await probe.ready;
    expect((await probe.finish({ timescaledb: "host-a", redis: "host-a" })).redis.longestGapMs).to.equal(null);
  });

  it("keeps passwords out of its arguments, its environment and its notes", async () => {
    probe = await startProbe(await unreachable());
    await probe.ready.catch(() => undefined);
    const seen = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${probe?.pid ?? 0}/${file}`, "utf8"));
    await probe.finish({ timescaledb: "host-a", redis: "host-a" });
    for (const secret of Object.values(SECRETS)) {
      expect([...seen, probe.notes()].join("\n")).not.to.contain(secret);
    }
    expect(seen[0]).to.contain("drills/probe/main.ts");
  });

  it("refuses an endpoint it does not have, and goes on", async () => {
    probe = await startProbe(await unreachable());
    const refusal = await probe.finish({ timescaledb: "host-c", redis: "host-a" }).catch(messageOf);
    expect(refusal).to.contain('no endpoint "host-c": it has host-a, host-b');
    expect(isAlive(probe.pid)).to.equal(true);
  });

  it("names every wrong option without starting anything", async () => {
    const refusal = await startProbe({ ...(await unreachable()), intervalMs: 0, originNs: "soon" }).catch(messageOf);
    expect(refusal).to.contain("intervalMs").and.to.contain("originNs");
  });

  it("ends at abort, and finish then says that it has ended", async () => {
    probe = await startProbe(await unreachable());
    await probe.abort();
    await probe.abort();
    expect(isAlive(probe.pid)).to.equal(false);
    const refusal = await probe.finish({ timescaledb: "host-a", redis: "host-a" }).catch(messageOf);
    expect(refusal).to.match(/the probe's process ended with (exit code 1|SIGKILL)/);
  });

  it("ends within a second of its parent's death", async () => {
    const script = `
      const { startProbe } = require("./drills/probe/probe.ts");
      startProbe(${JSON.stringify(await unreachable())}).then((probe) => {
        probe.ready.catch(() => console.log(probe.pid));
      });
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["--import", "tsx", "-e", script], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", 2],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout?.once("data", (line: Buffer) => {
        resolve(Number(line));
      }),
    );
    expect(isAlive(pid)).to.equal(true);
    const died = performance.now();
    parent.kill("SIGKILL");
    while (isAlive(pid) && performance.now() - died < 5000) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - died).to.be.lessThan(1000);
  });

  it("survives the interrupt of a terminal, which its parent survives too", async () => {
    probe = await startProbe(await unreachable());
    await probe.ready.catch(() => undefined);
    process.kill(probe.pid, "SIGINT");
    const evidence = await probe.finish({ timescaledb: "host-a", redis: "host-a" });
    expect(evidence.intervalMs).to.equal(5);
  });

  it("refuses a bad first line with exit code 2, by path and without quoting it", async () => {
    const start = { command: "start", options: { ...(await unreachable()), drillId: "no good" } };
    const wrong = await runBare(encodeLine(start));
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.contain("options.drillId");
    for (const secret of Object.values(SECRETS)) expect(wrong.stderr).not.to.contain(secret);
    const noise = await runBare(`${SECRETS.redis}\n`);
    expect(noise).to.deep.equal({ code: 2, stderr: "probe: bad command: not JSON\n" });
  });

  it("refuses to finish before it has begun", async () => {
    const early = await runBare(encodeLine({ command: "finish", readFrom: { timescaledb: "a", redis: "a" } }));
    expect(early).to.deep.equal({ code: 2, stderr: 'probe: "finish" out of turn\n' });
  });

  it("refuses a zero of another clock", async () => {
    const originNs = String(process.hrtime.bigint() + 10n ** 15n);
    probe = await startProbe({ ...(await unreachable()), originNs });
    const reason = await probe.ready.catch(messageOf);
    expect(reason).to.contain("lies in the future");
  });
});
