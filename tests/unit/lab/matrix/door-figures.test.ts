import { expect } from "chai";
import type { ClientLoad } from "../../../../evidence/client-loads";
import {
  acknowledged,
  clientDeviations,
  countRows,
  longestAwayMs,
  primaryThere,
  type ClientsSeen,
} from "../../../../lab/matrix/door-figures";
import { cellsOf, primary } from "../../../../lab/matrix/row";
import { CELLS } from "../../../../lab/matrix/table";
import { deviations, type Measured } from "../../../../lab/matrix/outcome";
import { renderMatrix } from "../../../../lab/matrix/render";
import type { CellRecord } from "../../../../lab/matrix/record";

const ZERO = 1_000_000;

type Statement = readonly [client: number, endMs: number, end: "a" | "u"];

/** Statements of clients, each by its end on the load's clock and whether it was answered. */
function load(...ends: readonly Statement[]): ClientLoad {
  return {
    finishedAtMs: 60_000,
    samples: {
      client: ends.map(([client]) => client),
      startMs: ends.map(([, endMs]) => endMs - 5),
      endMs: ends.map(([, endMs]) => endMs),
      end: ends.map(([, , end]) => end),
    },
  } as unknown as ClientLoad;
}

/** A host that acknowledges every 20 ms. */
const writes = (fromMs: number, toMs: number): { startMs: number; endMs: number; accepted: boolean }[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / 20) + 1 }, (_, at) => {
    const endMs = ZERO + fromMs + at * 20;
    return { startMs: endMs - 1, endMs, accepted: true };
  });

/** Answers every 40 ms. */
const answers = (client: number, fromMs: number, toMs: number): readonly Statement[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / 40) + 1 }, (_, at) => [client, fromMs + at * 40, "a"]);

const away = (attempts: ReturnType<typeof writes>, ...ends: readonly Statement[]): number | null =>
  longestAwayMs(load(...ends), ZERO, ZERO + 10_000, primaryThere(attempts));

describe("how long clients at the doors are away", () => {
  it("is the longest time without an answer in which a host took writes", () => {
    const whole = writes(0, 60_000);
    expect(away(whole, ...answers(0, 0, 60_000))).to.equal(40);
    expect(away(whole, ...answers(0, 0, 10_000), ...answers(0, 14_000, 60_000))).to.equal(4000);
  });

  it("leaves out the time without a primary, and begins anew where one comes", () => {
    const moved = [...writes(0, 10_000), ...writes(25_000, 60_000)];
    expect(away(moved, ...answers(0, 0, 10_000), ...answers(0, 26_200, 60_000))).to.equal(1200);
  });

  it("is of the client that is away the longest, and of one that never comes back", () => {
    const whole = writes(0, 60_000);
    expect(away(whole, ...answers(0, 0, 60_000), ...answers(1, 0, 12_000), ...answers(1, 20_000, 60_000))).to.equal(
      8000,
    );
    expect(away(whole, ...answers(0, 0, 60_000), ...answers(1, 0, 10_000))).to.equal(50_000);
  });

  it("begins with the strike, and counts no answer that is none", () => {
    const whole = writes(0, 60_000);
    expect(away(whole, ...answers(0, 12_000, 60_000))).to.equal(2000);
    expect(away(whole, ...answers(0, 0, 10_000), [0, 11_000, "u"], ...answers(0, 13_000, 60_000))).to.equal(3000);
  });

  it("is unknown where no host was seen to take writes", () => {
    expect(away([], ...answers(0, 0, 60_000))).to.equal(null);
    expect(away(writes(0, 9000), ...answers(0, 0, 60_000))).to.equal(null);
  });
});

describe("whose answers the clients had", () => {
  const attempts = acknowledged(load([0, 10_100, "a"], [1, 10_200, "u"], [0, 10_300, "a"]), ZERO);
  const from = { zeroMs: 0, document: null, rejoins: [] };

  it("are numbered as the load numbers its statements", () => {
    expect(attempts.map(({ number, endMs }) => [number, endMs])).to.deep.equal([
      [1, ZERO + 10_100],
      [3, ZERO + 10_300],
    ]);
  });

  it("are missing where the one primary does not have them", async () => {
    const has = (...found: [number, number][]) =>
      countRows(attempts, () => Promise.resolve({ found, duplicatedSeqs: [] }), "redis", from);
    expect(await has([1, 3])).to.deep.equal({ acknowledged: 2, missing: 0, told: null });
    expect(await has([1, 2])).to.deep.equal({ acknowledged: 2, missing: 1, told: null });
  });

  it("are unknown where nobody can be asked: null is never zero", async () => {
    const unknown = { acknowledged: 2, missing: null, told: null };
    expect(await countRows(attempts, undefined, "redis", from)).to.deep.equal(unknown);
    expect(await countRows(attempts, () => Promise.reject(new Error("silent")), "redis", from)).to.deep.equal(unknown);
  });
});

const seen: ClientsSeen = {
  ...{ name: "Redis, first host-a", store: "redis", sent: 900, answered: 890, errors: 10, codes: { closed: 10 } },
  ...{ awayMs: 4200, rows: { acknowledged: 890, missing: 0, told: null } },
};

describe("what a cell with doors demands of its clients", () => {
  const cases: readonly (readonly [Partial<ClientsSeen>, boolean, string | undefined])[] = [
    [{}, true, undefined],
    [{ awayMs: 10_000.1 }, true, "away for 10.0 s while a host took writes, at most 10 s allowed"],
    [{ awayMs: null }, true, "away for an unknown time while a host took writes, at most 10 s allowed"],
    [{ answered: 0 }, true, "none was ever answered"],
    [
      { rows: { acknowledged: 890, missing: 2, told: "lost unknown" } },
      true,
      "2 of 890 answers are not of the one primary",
    ],
    [{ rows: { acknowledged: 890, missing: 2, told: "lost unknown" } }, false, undefined],
    [{ rows: { acknowledged: 890, missing: 2, told: null } }, false, "2 of 890 answers are not of the one primary"],
    [
      { rows: { acknowledged: 890, missing: null, told: null } },
      false,
      "nobody looked whether all 890 answers are of the one primary",
    ],
  ];
  for (const [change, planned, words] of cases)
    it(`${words ?? "nothing"}: ${JSON.stringify(change)}, ${planned ? "planned" : "unplanned"}`, () => {
      const wanted = words === undefined ? [] : [`clients of Redis, first host-a: ${words}`];
      expect(clientDeviations({ ...seen, ...change }, planned)).to.deep.equal(wanted);
    });

  const [cell] = cellsOf({
    ...{ kind: "planned", environment: "doors.yaml", strike: primary("door-keeper-killed") },
    expected: { armed: { outcome: ["refused"], evidence: ["failed"], lostAtMost: 0 } },
  });
  const measured: Measured = {
    ...{ struck: true, outcome: "refused", evidence: "failed", trouble: null },
    ...{ lost: { timescaledb: 0, redis: 0 }, twoWriterMs: { timescaledb: 0, redis: 0 } },
  };

  it("and that they were counted at all", () => {
    if (cell === undefined) return expect.fail("no cell");
    expect(deviations(cell, measured)).to.deep.equal(["nobody counted the clients at the doors"]);
    expect(deviations(cell, { ...measured, clients: [seen] })).to.deep.equal([]);
    expect(deviations(cell, { ...measured, clients: [{ ...seen, awayMs: 11_000 }] })).to.have.length(1);
  });

  it("and the table for people has them", () => {
    if (cell === undefined) return expect.fail("no cell");
    const record = {
      ...{ ...cell, ...measured, clients: [seen], deviations: [], startedAt: "2026-12-01T00:00:00.000Z" },
      ...{ absence: { timescaledb: null, redis: null }, settledBy: [], loadAverage: 1, evidenceDetail: null },
    } as unknown as CellRecord;
    const head = { startedAt: "", finishedAt: "", machine: { cores: 2, memoryMib: 1 }, standIns: [], notRun: [] };
    const text = renderMatrix({ ...head, cells: [record] } as unknown as Parameters<typeof renderMatrix>[0]);
    expect(text).to.include(
      "| planned/doors+door-keeper-killed@primary/armed | Redis, first host-a | 890 of 900 | 10 (closed 10) | 4.20 s | 0 |",
    );
  });
});

describe("the cells with doors", () => {
  const cells = CELLS.filter(({ environment }) => environment !== undefined);

  it("name their environment, and can be chosen by one word", () => {
    expect(new Set(cells.map(({ environment }) => environment))).to.deep.equal(
      new Set(["configs/deploy/environments/lab_doors.yaml"]),
    );
    expect(CELLS.filter(({ id }) => id.includes("doors+"))).to.deep.equal(cells);
  });

  it("kill, freeze and cut off a door at each moment, in both kinds of drill", () => {
    for (const kind of ["planned", "unplanned"])
      for (const what of ["killed", "frozen", "cut"])
        for (const moment of ["before", "armed", "in-the-cut", "promoted"])
          expect(
            cells.some((one) => one.kind === kind && one.strike.fault.endsWith(what) && one.moment === moment),
            `${kind} ${what} ${moment}`,
          ).to.equal(true);
  });

  it("leave one door alone in every cell: a client has to be able to get in", () => {
    for (const { id, given, strike } of cells) {
      const dead = given.some(({ fault }) => fault === "power-loss");
      if (dead) expect(strike.fault, id).to.match(/-killed$/);
    }
  });
});
