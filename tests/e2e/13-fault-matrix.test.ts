import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { labPair } from "../../lab/host/lab-pair";
import type { CellRecord, MatrixReport } from "../../lab/matrix/record";
import { cellLine } from "../../lab/matrix/run-cell";
import { CELLS, SUBSET } from "../../lab/matrix/table";
import { lostInSilence } from "../../lab/matrix/user-rows";
import { readyPair } from "../../lab/host/pair-care";
import { STORE_NAMES } from "../../settings/services";
import { good } from "../support/lab-pair";
import { labEnvironment, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const RUN_MS = 2_400_000;

/** The few cells of the fault matrix that stand for all, run by the verb; `make matrix` runs every one. */
describe("fault matrix: what comes of a fault is what was written down", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const file = (): string => `${folder()}/matrix.json`;
  let run: Finished;
  const records = (): readonly CellRecord[] => (JSON.parse(readFileSync(file(), "utf8")) as MatrixReport).cells;

  before(async function () {
    this.timeout(RUN_MS);
    run = await understudy("lab", "matrix", "--subset", "--output-file", file(), "--output", "json");
  });
  after("the pair is whole, whichever host the last cell has left as the primary", () =>
    readyPair(labPair(labEnvironment()), () => undefined),
  );

  for (const cell of CELLS.filter(({ id }) => SUBSET.includes(id))) {
    it(`${cell.id}: ${cell.expected.outcome.join(" or ")}`, () => {
      const record = records().find(({ id }) => id === cell.id);
      expect(record, run.stderr).not.to.equal(undefined);
      expect(record?.deviations, [record === undefined ? "" : cellLine(record), run.stderr].join("\n")).to.deep.equal(
        [],
      );
    });
  }

  it("counts a user's rows in every cell, and runs what is advised there, which makes the pair whole", () => {
    for (const { id, kind, userRows, advice } of records()) {
      for (const store of STORE_NAMES) {
        const rows = userRows?.[store];
        if (rows === undefined) throw new Error(`${id}: nobody counted the rows in ${store}`);
        expect(rows.acknowledged, `${id} ${store}`).to.be.greaterThan(100);
        expect(lostInSilence(rows), `${id} ${store}, in silence`).to.equal(0);
        if (kind === "planned") expect(rows.missing, `${id} ${store}`).to.equal(0);
      }
      expect(advice?.worked, `${id}: ${advice?.left ?? ""}`).to.equal(true);
    }
  });

  it("the verb ends well, with these cells as JSON alone, the table beside the file, and what was not run by name", () => {
    const said = JSON.parse(good(run).stdout) as readonly CellRecord[];
    expect(said.map(({ id }) => id)).to.have.members([...SUBSET]);
    const { cells, notRun } = JSON.parse(readFileSync(file(), "utf8")) as MatrixReport;
    expect(cells.map(({ id }) => id)).to.have.members([...SUBSET]);
    expect(notRun).to.have.length(CELLS.length - SUBSET.length);
    expect(existsSync(file().replace(/json$/, "md"))).to.equal(true);
  });
});
