import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { expect } from "chai";
import { clockReading, freeSpace } from "../../../../operator/doctor/host-facts";
import { clockFinding } from "../../../../operator/doctor/host-findings";
import { isAtLeast, pulumiFinding } from "../../../../operator/doctor/operator-findings";
import { knockScript, parseKnocks } from "../../../../drills/hosts/knock";
import { peerPortsFinding } from "../../../../operator/doctor/peer-port-findings";
import { portsFinding, type SeenPort } from "../../../../operator/doctor/port-findings";
import {
  backendFinding,
  secretsFinding,
  stateFinding,
  type StackSecrets,
} from "../../../../operator/doctor/stack-findings";
import { backendOf } from "../../../../operator/failover/backend";

describe("doctor: versions", () => {
  it("compare number by number, not as text", () => {
    expect(isAtLeast("22.9.0", "22")).to.equal(true);
    expect(isAtLeast("9.9", "22")).to.equal(false);
    expect(isAtLeast("1.41", "1.41")).to.equal(true);
    expect(isAtLeast("1.5", "1.41")).to.equal(false);
    expect(isAtLeast("", "1")).to.equal(false);
  });

  it("take an engine as new as the SDK, and no other major version", () => {
    expect(pulumiFinding("v3.259.0", "3.259.0").state).to.equal("good");
    expect(pulumiFinding("v3.260.1", "3.259.0").state).to.equal("good");
    expect(pulumiFinding("v3.99.0", "3.259.0")).to.include({ state: "problem" }).and.to.have.property("fix");
    expect(pulumiFinding("v4.300.0", "3.259.0").state).to.equal("problem");
  });
});

describe("doctor: the clock", () => {
  it("is compared with the middle of the question, give or take half of it", () => {
    expect(clockReading(10_500, 10_000, 10_200)).to.deep.equal({ offsetMs: 400, errorMs: 100 });
  });

  it("is a problem when it is off by more than a second for certain, ahead or behind", () => {
    const state = (offsetMs: number, errorMs: number): string => clockFinding("host-a", { offsetMs, errorMs }).state;
    expect([state(900, 5), state(1300, 400), state(-1300, 400)]).to.deep.equal(["good", "good", "good"]);
    expect([state(1300, 5), state(-1300, 5)]).to.deep.equal(["problem", "problem"]);
    expect(clockFinding("host-a", { offsetMs: Number.NaN, errorMs: 1 }).state).to.equal("problem");
  });
});

describe("doctor: the disk", () => {
  it("is read from df, whatever the device is called", () => {
    const df =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/loop4 4096000 1024000 3072000 25% /var/lib/docker\n";
    expect(freeSpace(df)).to.deep.equal({ freeMib: 3000, usedPercent: 25 });
  });

  it("is not guessed from anything else", () => {
    expect(() => freeSpace("df: no such file")).to.throw("df said");
  });
});

describe("doctor: the ports", () => {
  const seen = (state: SeenPort["state"], running: boolean | null): SeenPort[] => [
    { name: "grafana", port: 3000, state, running },
    { name: "redis", port: 6379, state: "open", running: true },
  ];
  const cases: readonly (readonly [string, SeenPort[], "good" | "problem", RegExp])[] = [
    ["answering services", seen("open", true), "good", /2 answer, 0 are free/],
    ["a free port before the first up", seen("refused", false), "good", /1 answer, 1 are free/],
    ["a port that something else has", seen("open", false), "problem", /grafana \(3000\) open, and no service of ours/],
    ["a service that does not listen", seen("refused", true), "problem", /its container runs/],
    ["a firewall", seen("silent", true), "problem", /grafana \(3000\) silent/],
    ["a port whose container could not be read", seen("open", null), "good", /2 answer/],
  ];
  for (const [what, ports, state, detail] of cases) {
    it(`of ${what} are ${state}`, () => {
      const finding = portsFinding("host-a", ports);
      expect(finding).to.include({ state, host: "host-a" });
      expect(finding.detail).to.match(detail);
      expect(finding.fix === null).to.equal(state === "good");
    });
  }
});

describe("doctor: the ports between the hosts", () => {
  const [from, to] = [
    { name: "host-a", replication_address: "10.0.0.1" },
    { name: "host-b", replication_address: "10.0.0.2" },
  ];
  const seen = (state: SeenPort["state"], running: boolean | null): SeenPort[] => [
    { name: "postgres", port: 5432, state, running },
    { name: "redis", port: 6379, state: "open", running: true },
  ];
  const cases: readonly (readonly [string, SeenPort[], "good" | "problem", RegExp])[] = [
    ["that answer", seen("open", true), "good", /^2 answer at 10\.0\.0\.2, 0 are free$/],
    ["that refuse because nothing runs there", seen("refused", false), "good", /1 answer .* 1 are free/],
    ["that a firewall drops", seen("silent", false), "problem", /^postgres \(5432\) silent: replication/],
    ["that a firewall rejects while the service runs", seen("refused", true), "problem", /postgres \(5432\) refused/],
  ];
  for (const [what, ports, state, detail] of cases) {
    it(`${what} are ${state}, told of the host that asks`, () => {
      const finding = peerPortsFinding(from, to, ports);
      expect(finding).to.include({ state, host: "host-a", check: "ports of host-b" });
      expect(finding.detail).to.match(detail);
      if (state === "good") expect(finding.fix).to.equal(null);
      else expect(finding.fix).to.match(/^on host-b, let 10\.0\.0\.1 reach 5432 at 10\.0\.0\.2: /);
    });
  }

  it("are knocked at by a script that any sh runs: open, refused, and nothing is said of an answer that was truncated", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port: free } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const { stdout } = await promisify(execFile)("sh", ["-c", knockScript("127.0.0.1", [port, free])]);
    server.close();
    expect([...parseKnocks(stdout)]).to.have.deep.members([
      [port, "open"],
      [free, "refused"],
    ]);
    expect(() => parseKnocks(stdout.replace(/end\n$/, ""))).to.throw("truncated");
    expect(() => parseKnocks("")).to.throw("truncated");
    expect(() => parseKnocks("no bash\n")).to.throw("no bash");
  });
});

describe("doctor: the secrets", () => {
  const stack = (name: string, value: string, secret = true): StackSecrets => ({
    stack: name,
    values: new Map([["redisPassword", value === "" ? undefined : { value, secret }]]),
  });

  it("are good when every stack has the same, encrypted", () => {
    expect(secretsFinding([stack("primary", "hidden"), stack("standby", "hidden")]).state).to.equal("good");
  });

  it("are a problem when one is missing, in clear, or another stack's differs; no value is told", () => {
    for (const [standby, words] of [
      [stack("standby", ""), "stack standby has no understudy:redisPassword"],
      [stack("standby", "hidden", false), "not encrypted"],
      [stack("standby", "other"), "not that of stack primary"],
    ] as const) {
      const finding = secretsFinding([stack("primary", "hidden"), standby]);
      expect(finding.state).to.equal("problem");
      expect(finding.detail).to.include(words);
      expect(finding.fix).to.equal("pulumi -s standby config set --secret understudy:redisPassword");
      expect(JSON.stringify(finding)).not.to.match(/hidden|other"/);
    }
  });
});

describe("doctor: the state", () => {
  const lock = {
    pid: 7,
    username: "ops",
    hostname: "desk",
    timestamp: "2026-11-23T10:00:00Z",
    holder: "gone",
  } as const;

  it("is good when nothing is left in it, and unknown where nobody can look at its locks", () => {
    expect(stateFinding({ stack: "primary", locks: [], pending: [] })).to.include({ state: "good" });
    const finding = stateFinding({ stack: "primary", locks: null, locksUnknown: "in a bucket", pending: [] });
    expect(finding).to.include({ state: "unknown", fix: "understudy settle" });
    expect(finding.detail).to.equal("no pending operation, and whether it is locked is unknown: in a bucket");
  });

  it("stands in a backend that is named, with what plain Pulumi needs to find it", () => {
    const relative = backendOf("file://./state", "/pair");
    expect(backendFinding(relative, "file://./state", undefined).detail).to.equal(
      '/pair/state; for plain Pulumi: export PULUMI_BACKEND_URL="file:///pair/state"',
    );
    const store = "s3://state?region=eu";
    expect(backendFinding(backendOf(store, "/"), store, "file://~").detail).to.include(`PULUMI_BACKEND_URL="${store}"`);
    expect(backendFinding(backendOf(store, "/"), store, store).detail).to.equal("s3://state");
    expect(backendFinding(backendOf("", "/"), undefined, undefined).detail).to.equal("Pulumi Cloud");
  });

  it("is unknown, and not good, while it cannot be read", () => {
    const finding = stateFinding({ stack: "primary", locks: [], pending: null });
    expect(finding).to.include({ state: "unknown", fix: "understudy settle" });
  });

  it("is a problem with a lock or a pending operation, each by name", () => {
    const pending = [{ urn: "urn:x", type: "creating" }];
    const finding = stateFinding({ stack: "standby", locks: [lock], pending });
    expect(finding).to.include({ state: "problem", check: "state of standby", fix: "understudy settle" });
    expect(finding.detail).to.match(/process 7 of desk \(gone\).*creating urn:x/);
    expect(stateFinding({ stack: "standby", locks: null, pending }).state).to.equal("problem");
  });
});
