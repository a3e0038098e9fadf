import { expect } from "chai";
import { labPair, type LabPair } from "../../lab/lab-pair";
import { cellLine, runCell } from "../../lab/matrix/run-cell";
import { CELLS, SUBSET } from "../../lab/matrix/table";
import { readyPair } from "../../lab/pair-care";
import { drill, good, untilWhole, verdict } from "../support/lab-pair";
import { labEnvironment } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

/** The few cells of the fault matrix that stand for all; `make matrix` runs every one. */
describe("fault matrix: what comes of a fault is what was written down", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let pair: LabPair;
  const stamp = Date.now().toString(36);
  const quiet = (): void => undefined;

  before(() => {
    pair = labPair(labEnvironment());
  });
  after("host-a is primary again", async () => {
    const { primary } = await readyPair(pair, quiet);
    if (primary.name !== "host-a") {
      const file = `${folder()}/back.env`;
      good(await drill(file, "--to", "host-a"));
      good(await verdict(file));
    }
    await untilWhole("host-a");
  });

  for (const [at, cell] of CELLS.filter(({ id }) => SUBSET.includes(id)).entries()) {
    it(`${cell.id}: ${cell.expected.outcome.join(" or ")}`, async () => {
      const said: string[] = [];
      const record = await runCell(pair, cell, `subset-${stamp}-${at}`, (line) => said.push(line));
      expect(record.deviations, [cellLine(record), ...said].join("\n")).to.deep.equal([]);
    });
  }
});
