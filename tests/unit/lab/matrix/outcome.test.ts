import { expect } from "chai";
import type { Expected } from "../../../../lab/matrix/cell";
import type { UserRows } from "../../../../lab/matrix/user-rows";
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
const cell = { expected, moment: "in-the-cut", kind: "planned" } as const;
const row = (missing: number | null, told: string | null = null): UserRows => ({ acknowledged: 900, missing, told });
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
    [
      "a user's row that is missing after a planned drill, told or not",
      { userRows: { timescaledb: row(2, "lost unknown"), redis: row(0) } },
      "timescaledb: 2 of the user's 900 rows are missing",
    ],
    [
      "a user's rows that nobody counted",
      { userRows: { timescaledb: row(0), redis: row(null) } },
      "redis: nobody counted the user's 900 rows",
    ],
    [
      "advice that did not help",
      { advice: { ran: [], worked: false, left: "host-b redis: does not follow its primary" } },
      "what was advised did not help: host-b redis: does not follow its primary",
    ],
    [
      "containers that a drill replaced",
      { replaced: ["understudy-loki of host-a"] },
      "the drill replaced understudy-loki of host-a",
    ],
    ["a cell that broke off", { trouble: "no answer" }, "no answer"],
  ];
  for (const [name, change, deviation] of cases) {
    it(`names ${name}`, () => {
      expect(deviations(cell, { ...good, ...change })).to.deep.equal([deviation]);
    });
  }

  it("allows a failover a user's rows of which somebody is told, and no others", () => {
    const failover = { ...cell, kind: "unplanned" } as const;
    const withRows = (redis: UserRows): Measured => ({ ...good, userRows: { timescaledb: row(0), redis } });
    expect(deviations(failover, withRows(row(3, "lost unknown")))).to.deep.equal([]);
    expect(deviations(failover, withRows(row(3)))).to.deep.equal([
      "redis: 3 of the user's 900 rows are missing, and nothing says so",
    ]);
  });
});
