import { expect } from "chai";
import { deviations, type Measured } from "../../../../lab/matrix/outcome";
import type { CellRecord, MatrixReport } from "../../../../lab/matrix/record";
import { renderMatrix } from "../../../../lab/matrix/render";
import { CELLS } from "../../../../lab/matrix/table";

const cell = CELLS.find(({ id }) => id === "unplanned/power-loss@primary/before")!;

function record(change: Partial<Measured> & Partial<CellRecord> = {}): CellRecord {
  const measured: Measured = {
    struck: true,
    outcome: "completed",
    evidence: "accepted",
    lost: { timescaledb: 1, redis: 0 },
    twoWriterMs: { timescaledb: 0, redis: 0 },
    trouble: null,
    ...change,
  };
  return {
    ...cell,
    ...measured,
    drillId: "matrix-1",
    startedAt: "2026-11-23T13:19:57.067Z",
    seconds: 61.2,
    loadAverage: 1.5,
    from: "host-a",
    to: "host-b",
    evidenceDetail: null,
    absence: {
      timescaledb: { longestGapMs: 7000.4, endedAfterMs: 7010.6 },
      redis: { longestGapMs: 900, endedAfterMs: 60_000 },
    },
    settledBy: ["lab heal", "rejoin host-a"],
    watch: null,
    ...change,
    deviations: deviations(cell, measured),
  };
}

function report(...cells: readonly CellRecord[]): MatrixReport {
  const machine = { cores: 2, processor: "x", memoryMib: 8000, kernel: "Linux", node: "v22" };
  const at = "2026-11-23T13:19:57.067Z";
  return {
    version: 1,
    startedAt: at,
    finishedAt: at,
    environment: "lab",
    machine,
    standIns: [],
    notRun: ["planned/x/before"],
    cells,
  };
}

describe("the fault matrix for people", () => {
  it("has a row a cell, with the time of the store that was away", () => {
    const text = renderMatrix(report(record()));
    expect(text).to.include("1 of 2 cells were run: 1 came as written down before the run, 0 not");
    expect(text).to.include(
      "| power-loss@primary | before | completed | completed | accepted | 7.0 s | unknown | 1 / 0 | unknown | unknown | 0 / 0 | unknown | rejoin host-a |",
    );
    expect(text).not.to.include("Not as expected");
    expect(text).to.match(/## Not run\n\n`planned\/x\/before`/);
  });

  it("says how many cells an earlier run has left, and of when", () => {
    const earlier = record({ startedAt: "2026-11-22T09:00:00.000Z" });
    expect(renderMatrix(report(record(), earlier))).to.include(
      " 1 of the cells are of earlier runs, the oldest of 2026-11-22T09:00:00.000Z.",
    );
    expect(renderMatrix(report(record()))).not.to.include("earlier runs");
  });

  it("says how many cells were run on an encrypted pair, and of how many that is not recorded", () => {
    const cells = [record({ encrypted: true }), record({ encrypted: true }), record({ encrypted: false })];
    expect(renderMatrix(report(...cells))).to.include(
      "- Cells on an encrypted pair: 2, on a plain one: 1, not recorded: 0.",
    );
    expect(renderMatrix(report(...cells, record()))).to.include("on a plain one: 1, not recorded: 1, of 2026-11-23.");
  });

  it("says unknown where nothing was measured, and never zero", () => {
    const text = renderMatrix(
      report(
        record({
          absence: { timescaledb: null, redis: null },
          lost: { timescaledb: null, redis: 0 },
          twoWriterMs: { timescaledb: 0, redis: null },
        }),
      ),
    );
    expect(text).to.include("| unknown | unknown | unknown / 0 | unknown | unknown | 0 / unknown |");
  });

  it("has what became of a user's rows, and what was advised, with the exit code of each command", () => {
    const text = renderMatrix(
      report(
        record({
          userRows: {
            timescaledb: { acknowledged: 900, missing: 2, told: "lost unknown" },
            redis: { acknowledged: 900, missing: 0, told: null },
          },
          advice: {
            ran: [
              { by: "drill", command: "understudy status", exitCode: 1 },
              { by: "status", command: "understudy rejoin host-a", exitCode: 0 },
              { by: "command", command: "understudy rejoin host-a --execute", exitCode: null },
            ],
            worked: true,
            left: null,
          },
          settledBy: ["lab heal"],
        }),
      ),
    );
    const advised = "status (1), rejoin host-a (0), rejoin host-a --execute (no end)";
    expect(text).to.include(`| 1 / 0 | 2 / 0 | 0 / 0 | 0 / 0 | ${advised} |  |`);
    expect(text).not.to.include("Nothing is known of them");
  });

  it("has the stop's time beside its bound, and a recovery apart from both", () => {
    const cases = [
      [null, "|  | 1 / 0 |"],
      [{ boundMs: 10_000, tookMs: null }, "| not begun | 1 / 0 |"],
      [{ boundMs: 10_000, tookMs: 34 }, "| 0.03 of 10 s | 1 / 0 |"],
      [{ boundMs: 10_000, tookMs: 10_020, recoveryMs: 1234 }, "| 10.02 of 10 s; recovery 1.23 s | 1 / 0 |"],
      [{ boundMs: 10_000, tookMs: 10_020, recoveryMs: null }, "| 10.02 of 10 s; recovery unknown | 1 / 0 |"],
    ] as const;
    for (const [stop, text] of cases) expect(renderMatrix(report(record({ stop })))).to.include(text);
  });

  it("says of when the cells are that have not counted them", () => {
    expect(renderMatrix(report(record()))).to.include("1 of the cells were run on 2026-11-23, before a user's rows");
  });

  it("names every cell that deviates, in bold and in a list", () => {
    const text = renderMatrix(
      report(record({ outcome: "held", evidence: "failed", evidenceDetail: "precheck: a | b" })),
    );
    expect(text).to.include("**held** | **failed**");
    expect(text).to.include("## Not as expected");
    expect(text).to.include("`unplanned/power-loss@primary/before`: outcome held, expected completed");
    expect(text).to.include("precheck: a \\| b");
  });
});
