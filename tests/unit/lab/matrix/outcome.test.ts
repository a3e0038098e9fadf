import { expect } from "chai";
import type { Expected } from "../../../../lab/matrix/cell";
import { deviations, outcomeOf, type Measured, type RolesSeen } from "../../../../lab/matrix/outcome";

const seen: RolesSeen = {
  from: "host-a",
  to: "host-b",
  writersBeforeHeal: ["host-a"],
  heldBeforeHeal: false,
  heldAfter: false,
  primaryAfter: "host-a",
  touched: false,
};

const expected: Expected = { outcome: ["rolled back"], evidence: ["failed"], lostAtMost: 5 };
const cell = { expected, moment: "in-the-cut" } as const;
const good: Measured = {
  struck: true,
  outcome: "rolled back",
  evidence: "failed",
  lost: { timescaledb: 5, redis: 0 },
  twoWriterMs: { timescaledb: 0, redis: 0 },
  trouble: null,
};

describe("the outcome of a cell", () => {
  it("is completed when the standby is the one primary", () => {
    expect(outcomeOf({ ...seen, primaryAfter: "host-b", touched: true })).to.equal("completed");
  });

  it("is rolled back when the old primary had been stopped and is primary again, refused when it was never touched", () => {
    expect(outcomeOf({ ...seen, touched: true })).to.equal("rolled back");
    expect(outcomeOf(seen)).to.equal("refused");
  });

  it("is held when a guard says so and nobody writes, before the heal or after it", () => {
    expect(outcomeOf({ ...seen, writersBeforeHeal: [], heldBeforeHeal: true })).to.equal("held");
    expect(outcomeOf({ ...seen, primaryAfter: null, heldAfter: true })).to.equal("held");
    expect(outcomeOf({ ...seen, heldBeforeHeal: true }), "somebody writes").to.equal("refused");
  });

  it("is none of them when there is no primary and nothing is held, or a primary nobody knows", () => {
    expect(outcomeOf({ ...seen, primaryAfter: null })).to.equal(undefined);
    expect(outcomeOf({ ...seen, primaryAfter: "host-c" })).to.equal(undefined);
  });
});

describe("what a cell is held against", () => {
  it("finds nothing where all came as written down", () => {
    expect(deviations(cell, good)).to.deep.equal([]);
  });

  const cases: readonly (readonly [string, Partial<Measured>, string])[] = [
    ["another outcome", { outcome: "completed" }, "outcome completed, expected rolled back"],
    ["no outcome", { outcome: null }, "outcome unknown, expected rolled back"],
    ["other evidence", { evidence: "accepted" }, "evidence accepted, expected failed"],
    ["more loss", { lost: { timescaledb: 6, redis: 0 } }, "timescaledb: 6 acknowledged events lost, at most 5 allowed"],
    [
      "a loss nobody counted",
      { lost: { timescaledb: 0, redis: null } },
      "redis: unknown acknowledged events lost, at most 5 allowed",
    ],
    ["a moment with two writers", { twoWriterMs: { timescaledb: 0, redis: 20.5 } }, "redis: two writers for 20.5 ms"],
    [
      "a watch that broke off",
      { twoWriterMs: { timescaledb: null, redis: 0 } },
      "timescaledb: two writers for unknown ms",
    ],
    ["a fault that never struck", { struck: false }, "the drill ended before the fault could strike (in-the-cut)"],
    ["a cell that broke off", { trouble: "no answer" }, "no answer"],
  ];
  for (const [name, change, deviation] of cases) {
    it(`names ${name}`, () => {
      expect(deviations(cell, { ...good, ...change })).to.deep.equal([deviation]);
    });
  }
});
