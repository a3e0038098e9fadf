import { expect } from "chai";
import { FAULTS } from "../../../../lab/faults/table";
import { EVIDENCE_VERDICTS, MOMENTS, OUTCOMES, RUN_FAULTS } from "../../../../lab/matrix/cell";
import { CELLS, SUBSET } from "../../../../lab/matrix/table";
import { checkStrike, endsRun } from "../../../../lab/matrix/strike-cell";

describe("the table of the fault matrix", () => {
  it("names every cell once", () => {
    const ids = CELLS.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("names only faults that there are, on what they can strike", () => {
    for (const { id, given, strike } of CELLS) {
      for (const one of [...given, strike]) {
        expect(() => checkStrike(one), id).not.to.throw();
        const isRun = (RUN_FAULTS as readonly string[]).includes(one.fault);
        expect(one.on === "run", id).to.equal(isRun);
      }
    }
    expect(() => checkStrike({ fault: "earthquake", on: "primary" })).to.throw("no fault is named earthquake");
    expect(() => checkStrike({ fault: "cut-hosts", on: "primary" })).to.throw("takes no --host");
  });

  it("has written down an outcome, a verdict and a loss for every cell", () => {
    for (const { id, expected } of CELLS) {
      expect(expected.outcome, id).not.to.deep.equal([]);
      expect(OUTCOMES, id).to.include.members([...expected.outcome]);
      expect(EVIDENCE_VERDICTS, id).to.include.members([...expected.evidence]);
      // Of one cell alone the outage may be longer than is allowed; the record of it names that metric and no other.
      if (id !== "unplanned/primary-emptied/before") expect(expected.evidence, id).not.to.include("refused");
      expect(expected.lostAtMost, id).to.be.at.least(0);
    }
  });

  it("allows no loss in any planned cell", () => {
    expect(CELLS.filter(({ kind, expected }) => kind === "planned" && expected.lostAtMost > 0)).to.deep.equal([]);
  });

  it("expects every outcome somewhere, strikes at every moment, and breaks both roles, the link and the run", () => {
    expect(new Set(CELLS.flatMap(({ expected }) => expected.outcome))).to.have.all.keys(...OUTCOMES);
    for (const kind of ["planned", "unplanned"] as const) {
      const cells = CELLS.filter((one) => one.kind === kind);
      expect(new Set(cells.map(({ moment }) => moment)), kind).to.have.all.keys(...MOMENTS);
      expect(new Set(cells.map(({ strike }) => strike.on)), kind).to.have.all.keys("primary", "standby", "pair", "run");
    }
  });

  it("leaves out only faults that its comment accounts for", () => {
    const used = new Set(CELLS.flatMap(({ given, strike }) => [...given, strike].map(({ fault }) => fault)));
    expect(FAULTS.map(({ name }) => name).filter((name) => !used.has(name))).to.deep.equal(["slow-link", "full-disk"]);
  });

  it("does not ask for another run where the run was not ended", () => {
    expect(RUN_FAULTS.filter((fault) => !endsRun({ fault, on: "run" }))).to.deep.equal([
      "host-returns",
      "pending-changes",
      "primary-emptied",
    ]);
    expect(endsRun({ fault: "power-loss", on: "primary" })).to.equal(false);
  });

  it("has a subset of cells that are in the table, with each kind and two outcomes", () => {
    const cells = CELLS.filter(({ id }) => SUBSET.includes(id));
    expect(cells).to.have.length(SUBSET.length);
    expect(new Set(cells.map(({ kind }) => kind))).to.have.all.keys("planned", "unplanned");
    const outcomes = new Set(cells.flatMap(({ expected }) => expected.outcome));
    expect(outcomes).to.include.all.keys("completed", "rolled back");
  });
});
