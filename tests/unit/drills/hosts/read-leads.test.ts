import { expect } from "chai";
import type { OpenDoor } from "../../../../drills/hosts/doors";
import { doorChecks } from "../../../../drills/hosts/door-sessions";
import { readLeads, unknownLeads } from "../../../../drills/hosts/read-leads";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { clientsSchema } from "../../../../settings/clients-section";

const hosts = ["host-a", "host-b"].map((name) => ({ host: { name } })) as unknown as [HostSessions, HostSessions];

describe("what a dry run asks the doors", () => {
  const told: string[] = [];
  let closed = 0;
  beforeEach(() => {
    told.splice(0);
    closed = 0;
  });

  function door(host: string, side: string): OpenDoor {
    return {
      host,
      keeper: {
        ask: (line) => {
          told.push(`${host} ${line}`);
          return Promise.resolve([`postgres=${side}`, `redis=${side}`]);
        },
        close: () => void (closed += 1),
      },
    };
  }

  it("is where they lead, and they are told nothing", async () => {
    const read = await readLeads(hosts, ({ host: { name } }) =>
      Promise.resolve(door(name, name === "host-a" ? "own" : "peer")),
    );
    expect(told.sort()).to.deep.equal(["host-a arm", "host-b arm"]);
    expect(closed).to.equal(2);
    if (!("leads" in read)) return expect.fail(read.unknown);
    const checks = doorChecks({ long: [], direct: [] }, read.leads, "host-a", clientsSchema.parse({}));
    expect(checks.map(({ name, host, measured, ok }) => [name, host, measured, ok])).to.deep.include.members([
      ["the door of timescaledb leads to", "host-a", "host-a", true],
      ["the door of redis leads to", "host-b", "host-a", true],
    ]);
    expect(unknownLeads(read)).to.deep.equal([]);
  });

  it("is found where they lead elsewhere, or do not answer", async () => {
    const away = await readLeads(hosts, ({ host: { name } }) => Promise.resolve(door(name, "own")));
    if (!("leads" in away)) return expect.fail(away.unknown);
    const checks = doorChecks({ long: [], direct: [] }, away.leads, "host-a", clientsSchema.parse({}));
    expect(checks.filter(({ ok }) => !ok).map(({ host, measured }) => [host, measured])).to.deep.equal([
      ["host-b", "host-b"],
      ["host-b", "host-b"],
    ]);
    closed = 0;
    const silent = await readLeads(hosts, ({ host: { name } }) =>
      name === "host-a" ? Promise.resolve(door(name, "own")) : Promise.reject(new Error("no such container")),
    );
    expect(closed).to.equal(1);
    expect(unknownLeads(silent).map(({ measured, ok }) => [measured, ok])).to.deep.equal([
      ["no such container", false],
    ]);
  });
});
