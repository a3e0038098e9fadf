import { readFileSync } from "node:fs";
import { expect } from "chai";
import { deviations } from "../../lab/matrix/outcome";
import type { MatrixReport } from "../../lab/matrix/record";
import { renderMatrix } from "../../lab/matrix/render";
import type { Cell } from "../../lab/matrix/cell";
import { CELLS } from "../../lab/matrix/table";

const RECORDED = "docs/results/recorded/fault_matrix";

/** The results in this checkout are of this checkout's table: a cell that is added or expected otherwise has to be run. */
describe("the recorded fault matrix", () => {
  const report = JSON.parse(readFileSync(`${RECORDED}.json`, "utf8")) as MatrixReport;

  const hasRun = ({ id }: Cell): boolean => report.cells.some((one) => one.id === id);

  it("has every cell of the table, in its order, and no other", () => {
    expect(report.cells.map(({ id }) => id)).to.deep.equal(CELLS.filter(hasRun).map(({ id }) => id));
  });

  it("names every cell that was not run: of those without doors there is none", () => {
    const left = CELLS.filter((cell) => !hasRun(cell));
    expect(report.notRun).to.deep.equal(left.map(({ id }) => id));
    expect(left.filter(({ environment }) => environment === undefined)).to.deep.equal([]);
  });

  for (const cell of CELLS.filter((one) => one.environment === undefined || hasRun(one))) {
    it(`${cell.id}: as written down`, () => {
      const record = report.cells.find(({ id }) => id === cell.id);
      if (record === undefined) {
        throw new Error(`not run; next: bin/understudy lab matrix --cells ${cell.id} --output-file ${RECORDED}.json`);
      }
      expect(record.expected, "what was expected when it ran").to.deep.equal(cell.expected);
      expect(deviations(cell, record)).to.deep.equal(record.deviations);
      expect(record.deviations).to.deep.equal([]);
    });
  }

  it("has no evidence that the verifier refused but for an outage longer than allowed", () => {
    const refused = report.cells.filter(({ evidence }) => evidence === "refused");
    expect(refused.map(({ evidenceDetail }) => evidenceDetail)).to.deep.equal(refused.map(() => "max-outage-seconds"));
  });

  it("was run on an encrypted pair", () => {
    expect(report.cells.filter(({ encrypted }) => encrypted !== true).map(({ id }) => id)).to.deep.equal([]);
  });

  it("is what the table for people shows", () => {
    expect(readFileSync(`${RECORDED}.md`, "utf8")).to.equal(renderMatrix(report));
  });
});
