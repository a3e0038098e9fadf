import { expect } from "chai";
import { UserError } from "../../../../settings/user-error";
import { chooseFault } from "../../../../lab/faults/choose";
import { FAULTS, UNAVAILABLE_FAULTS } from "../../../../lab/faults/table";
import { LAB_HOSTS } from "../../../../lab/host/layout";

function refusal(name: string, host?: string): UserError {
  try {
    chooseFault(name, host);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error(`${name} was not refused with a UserError`);
}

describe("choice of a fault", () => {
  it("takes one host for a fault of a host, and both for a fault between them", () => {
    for (const fault of FAULTS) {
      for (const host of LAB_HOSTS) {
        const chosen = chooseFault(fault.name, fault.scope === "host" ? host.name : undefined);
        expect(chosen.fault).to.equal(fault);
        expect(chosen.hosts).to.deep.equal(fault.scope === "host" ? [host] : LAB_HOSTS);
      }
    }
  });

  it("refuses an unknown name with every name there is", () => {
    const { message, exitCode } = refusal("earthquake", "host-a");
    for (const fault of FAULTS) expect(message).to.contain(fault.name);
    expect(exitCode).to.equal(2);
  });

  it("refuses an unknown and a missing host with the hosts there are", () => {
    expect(refusal("power-loss", "host-c").message).to.contain("no host host-c").and.to.contain("host-a, host-b");
    expect(refusal("power-loss").message).to.contain("--host: host-a, host-b");
  });

  it("refuses a host where a fault is about both", () => {
    expect(refusal("cut-hosts", "host-a").message).to.contain("takes no --host");
  });

  it("refuses what this kind of machine cannot do by name, and says why", () => {
    for (const { name, reason } of UNAVAILABLE_FAULTS) expect(refusal(name, "host-a").message).to.contain(reason);
    expect(refusal("clock-skew").message).to.contain("CLOCK_REALTIME");
  });
});

describe("table of faults", () => {
  it("has each name once, and a sentence for each", () => {
    const all = [...FAULTS, ...UNAVAILABLE_FAULTS];
    expect(new Set(all.map((one) => one.name)).size).to.equal(all.length);
    for (const { name, sentence } of all) {
      expect(name).to.match(/^[a-z]+(-[a-z]+)+$|^reboot$/);
      expect(sentence.length, name).to.be.within(20, 130);
    }
  });

  it("is healed from the network inwards: a host is only repaired over a way that works", () => {
    const at = (name: string): number => FAULTS.findIndex((one) => one.name === name);
    for (const cut of ["cut-operator", "cut-hosts", "one-way-cut"]) {
      for (const later of ["power-loss", "engine-killed", "database-killed"]) expect(at(cut)).to.be.below(at(later));
    }
    expect(at("power-loss")).to.be.below(at("engine-killed"));
  });
});
