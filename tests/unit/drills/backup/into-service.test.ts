import { expect } from "chai";
import { refuseIntoService } from "../../../../drills/backup/refuse-into-service";
import type { Topology } from "../../../../drills/evidence/document";
import type { Role } from "../../../../settings/pair";
import type { ServiceName } from "../../../../settings/services";

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

function refused(service: ServiceName, overwrite?: string, seen = PAIR, running = true, host = "host-a") {
  return refuseIntoService({ host, service, running, overwrite, topology: seen });
}

describe("bringing a backup back into service", () => {
  it("is refused for a live service without its own name, and the refusal gives the words", () => {
    for (const words of [undefined, "yes", "host-b/loki", "host-a/redis"]) {
      expect(refused("loki", words)?.exitCode, words).to.equal(3);
    }
    expect(refused("loki")?.next).to.include("--overwrite host-a/loki");
    expect(refused("loki", "host-a/loki")).to.equal(undefined);
  });

  it("needs no words where the service does not run", () => {
    expect(refused("loki", undefined, PAIR, false)).to.equal(undefined);
  });

  it("is refused for a store whose other host is primary, whatever the words", () => {
    const refusal = refused("redis", "host-b/redis", PAIR, true, "host-b");
    expect(refusal?.message).to.include("host-a is primary of redis");
    expect(refused("loki", "host-b/loki", PAIR, true, "host-b")).to.equal(undefined);
  });

  it("is possible for a store where nobody is primary, as after the loss of both volumes", () => {
    const lost = topology({ "host-a": null, "host-b": null });
    expect(refused("timescaledb", "host-a/timescaledb", lost)).to.equal(undefined);
  });
});
