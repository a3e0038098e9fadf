import { expect } from "chai";
import { refuseRoom } from "../../../../../drills/services/backup/restore-into-service";
import { refuseIntoService } from "../../../../../drills/services/backup/refuse-into-service";
import type { Topology } from "../../../../../evidence/document";
import type { Role } from "../../../../../settings/pair";
import type { ServiceName } from "../../../../../settings/services";

const UNKNOWN = { state: "unknown", reason: "no answer" } as const;

function topology(roles: Readonly<Record<string, Role | null>>): Topology {
  return {
    readAt: "2026-11-25T03:00:00.000Z",
    hosts: Object.entries(roles).map(([host, role]) => {
      const store = role === null ? UNKNOWN : ({ state: "observed", role, detail: {} } as const);
      return { host, declaredRole: null, timescaledb: store, redis: store };
    }),
  };
}

const PAIR = topology({ "host-a": "primary", "host-b": "standby" });

function refused(
  service: ServiceName,
  overwrite?: string,
  { seen = PAIR, running = true, host = "host-a", peerRuns = true } = {},
) {
  return refuseIntoService({
    environment: { name: "prodlike" },
    host,
    service,
    running,
    peerRuns,
    overwrite,
    topology: seen,
  });
}

describe("bringing a backup back into service", () => {
  it("is refused for a live service without its own name, and the refusal gives the words", () => {
    for (const words of [
      undefined,
      "yes",
      "host-a/loki",
      "lab/host-a/loki",
      "prodlike/host-b/loki",
      "prodlike/host-a/redis",
    ]) {
      expect(refused("loki", words)?.exitCode, words).to.equal(3);
    }
    expect(refused("loki")?.next).to.include("--overwrite prodlike/host-a/loki");
    expect(refused("loki", "prodlike/host-a/loki")).to.equal(undefined);
  });

  it("needs no words where the service does not run", () => {
    expect(refused("loki", undefined, { running: false })).to.equal(undefined);
  });

  it("is refused for a store whose other host is primary, whatever the words", () => {
    const refusal = refused("redis", "prodlike/host-b/redis", { host: "host-b" });
    expect(refusal?.message).to.include("host-a is primary of redis");
    expect(refused("loki", "prodlike/host-b/loki", { host: "host-b" })).to.equal(undefined);
  });

  it("is possible for a store where nobody is primary and the other host's is stopped, as after the loss of a host's data", () => {
    const lost = topology({ "host-a": null, "host-b": null });
    expect(refused("timescaledb", "prodlike/host-a/timescaledb", { seen: lost, peerRuns: false })).to.equal(undefined);
    expect(refused("timescaledb", undefined, { seen: lost, peerRuns: false, running: false })).to.equal(undefined);
  });

  it("is refused for a store beside a standby that has all: the refusal names the failover, and what to stop instead", () => {
    const lost = topology({ "host-a": null, "host-b": "standby" });
    const refusal = refused("redis", "prodlike/host-a/redis", { seen: lost });
    expect(refusal?.exitCode).to.equal(3);
    expect(refusal?.message).to.include("host-b is a standby of redis, with all that it has received");
    expect(refusal?.next)
      .to.include("understudy failover --to host-b --unplanned")
      .and.include("docker stop understudy-redis");
    expect(refused("loki", "prodlike/host-a/loki", { seen: lost }), "what has no role has no standby").to.equal(
      undefined,
    );
  });

  it("is refused for a store beside one that runs and does not say what it is", () => {
    const silent = topology({ "host-a": null, "host-b": null });
    expect(refused("redis", "prodlike/host-a/redis", { seen: silent })?.message).to.include(
      "nobody knows what it is: no answer",
    );
  });

  it("is possible for a store in service, whose standby follows it whatever becomes of it", () => {
    expect(refused("redis", "prodlike/host-a/redis")).to.equal(undefined);
  });
});

describe("room for a restore", () => {
  const backup = { service: "loki", id: "0123456789abcdef", at: "2026-11-25T03:00:00.000Z" } as const;

  it("is refused before it begins, with both sizes, where the disk is smaller than the data", () => {
    const refusal = refuseRoom(backup, 5000, 4999, "host-a");
    expect(refusal?.message).to.equal(
      "host-a has no room for loki: its backup 01234567 of 2026-11-25T03:00:00.000Z needs 5000 bytes beside what is there, and 4999 are free; nothing was begun",
    );
    expect(refuseRoom(backup, 5000, 5001, "host-a")).to.equal(undefined);
  });

  it("is refused where nobody knows how much is needed", () => {
    expect(refuseRoom(backup, null, 10 ** 12, "host-a")?.message).to.include("an unknown number of bytes");
  });
});
