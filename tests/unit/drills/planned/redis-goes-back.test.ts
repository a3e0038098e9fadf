import { expect } from "chai";
import { DrillClock } from "../../../../drills/hosts/clock";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { redisGoesBack } from "../../../../drills/planned/settle-interrupted";
import type { Role } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";

/** Two servers that know their roles and offsets; what they were told, in order, and how often both took writes. */
class Two {
  readonly told: string[] = [];
  bothWritable = 0;
  #paused: string | undefined;

  constructor(
    readonly roles: Record<string, Role>,
    readonly offsets: Record<string, number>,
  ) {}

  host(name: string): HostSessions {
    const command = (...words: string[]): Promise<unknown> => {
      if (words[0] !== "INFO") this.told.push(`${name} ${words.slice(0, 3).join(" ")}`);
      if (words[0] === "REPLICAOF") this.roles[name] = words[1] === "NO" ? "primary" : "standby";
      if (words[1] === "PAUSE") this.#paused = name;
      if (words[1] === "UNPAUSE") this.#paused = undefined;
      const writable = Object.keys(this.roles).filter((one) => this.roles[one] === "primary" && this.#paused !== one);
      if (writable.length > 1) this.bothWritable += 1;
      const offset = this.offsets[name] ?? 0;
      return Promise.resolve(
        this.roles[name] === "primary"
          ? `role:master\r\nmaster_repl_offset:${offset}\r\n`
          : `role:slave\r\nslave_repl_offset:${offset}\r\n`,
      );
    };
    const host = { name, replication_address: `address-of-${name}` };
    return { host, redis: { command, close: () => undefined } } as unknown as HostSessions;
  }
}

function goBack(two: Two): Promise<void> {
  const run = {
    ...{
      from: two.host("host-a"),
      to: two.host("host-b"),
      clock: DrillClock.start(),
      environment: sampleEnvironment(2),
    },
    request: { id: "d-1" },
  };
  return redisGoesBack(run as unknown as DrillRun);
}

describe("Redis of an interrupted exchange goes back to the old primary", () => {
  it("by the exchange in the other direction, when the new one was promoted: writes are never taken by both", async () => {
    const two = new Two({ "host-a": "standby", "host-b": "primary" }, { "host-a": 70, "host-b": 70 });
    await goBack(two);
    expect(two.roles).to.deep.equal({ "host-a": "primary", "host-b": "standby" });
    expect(two.bothWritable).to.equal(0);
    expect(two.told.slice(0, 4)).to.deep.equal([
      "host-b CONFIG GET tls-replication",
      "host-b CLIENT PAUSE 10000",
      "host-b REPLICAOF address-of-host-a 16379",
      "host-a REPLICAOF NO ONE",
    ]);
    expect(two.told).to.include.members(["host-a CONFIG REWRITE", "host-b CONFIG REWRITE"]);
  });

  it("alone, when both were standbys of each other", async () => {
    const two = new Two({ "host-a": "standby", "host-b": "standby" }, { "host-a": 70, "host-b": 70 });
    await goBack(two);
    expect(two.roles).to.deep.equal({ "host-a": "primary", "host-b": "standby" });
    expect(two.told[0]).to.equal("host-a REPLICAOF NO ONE");
  });

  it("without a change of roles, when it never left", async () => {
    const two = new Two({ "host-a": "primary", "host-b": "standby" }, { "host-a": 70, "host-b": 70 });
    await goBack(two);
    expect(two.told).to.deep.equal(["host-a CONFIG REWRITE", "host-b CONFIG REWRITE"]);
  });

  it("not at all, when it would lose what only the new one has", async () => {
    const two = new Two({ "host-a": "standby", "host-b": "primary" }, { "host-a": 70, "host-b": 71 });
    let thrown: unknown;
    await goBack(two).catch((error: unknown) => (thrown = error));
    expect(String(thrown)).to.include("offsets differ");
    expect(two.roles).to.deep.equal({ "host-a": "standby", "host-b": "primary" });
  }).timeout(10_000);
});
