import { expect } from "chai";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { historyTable } from "../../../cli/history";
import type { EvidenceDocument } from "../../../evidence/document";
import { keepEvidence } from "../../../evidence/keep-evidence";
import { writeEvidence } from "../../../evidence/write-evidence";
import { readHistory } from "../../../evidence/report/history";
import { lossStory, swapStory } from "../../support/drill-story";
import { temporaryFolder } from "../../support/temporary-folder";
import { dryRunEvidence, failedEvidence, record } from "../../support/valid-evidence";

/** The drill a number of hours later, under an id of its own. */
function later(document: EvidenceDocument, hours: number, id: string): EvidenceDocument {
  const text = JSON.stringify(document)
    .replaceAll(/2026-11-23T(09|10):/g, (_time, hour) => `2026-11-23T${String(Number(hour) + hours).padStart(2, "0")}:`)
    .replaceAll('"2026-11-23-a"', JSON.stringify(id));
  return record(JSON.parse(text) as EvidenceDocument);
}

describe("the history of drills", () => {
  const folder = temporaryFolder();
  const result = (): string => path.join(folder(), "failover_result.env");

  it("keeps every drill, though each replaces the evidence of the one before", async () => {
    const drills = [
      later(swapStory(), 2, "swap"),
      later(dryRunEvidence(), 0, "dry"),
      later(failedEvidence("precheck"), 3, "swap"),
      later(lossStory(), 1, "loss"),
    ];
    for (const document of drills) {
      await writeEvidence(result(), document);
      await keepEvidence(result(), document);
    }
    const { drills: found, unreadable } = await readHistory(folder());
    expect(unreadable).to.deep.equal([]);
    expect(found.map(({ id, success, verdict, lost }) => [id, success, verdict, lost])).to.deep.equal([
      ["dry", true, "accepted", null],
      ["loss", true, "accepted", 3],
      ["swap", true, "accepted", 0],
      ["swap", false, "refused", null],
    ]);
  });

  it("counts the same document once, wherever it lies", async () => {
    copyFileSync(result(), path.join(folder(), "copy.env"));
    copyFileSync(result().replace(".env", ".json"), path.join(folder(), "copy.json"));
    expect((await readHistory(folder())).drills).to.have.length(4);
  });

  it("shows outage of both stores, loss and verdict, and unknown for what is not known", async () => {
    const lines = historyTable(await readHistory(folder())).split("\n");
    expect(lines[0]).to.match(/^DATE +DRILL +DIRECTION +KIND +MODE +POSTGRESQL +REDIS +LOST +RESULT +VERDICT$/);
    expect(lines[1]).to.match(
      /^2026-11-23T10:00:00Z +dry +host-a -> host-b +planned +dry-run +- +- +- +success +accepted$/,
    );
    expect(lines[2]).to.match(/loss .* unplanned +execute +325\.3 ms +270\.3 ms +3 +success +accepted$/);
    expect(lines[4]).to.match(/swap .* unknown +unknown +unknown +failed at precheck +refused$/);
  });

  it("says that edited evidence is refused, and names what it could not read", async () => {
    const text = readFileSync(result(), "utf8");
    writeFileSync(path.join(folder(), "copy.env"), text.replace(/^FAILOVER_NONCE=.*$/m, "FAILOVER_NONCE=other"));
    writeFileSync(path.join(folder(), "lonely.env"), text);
    const { drills, unreadable } = await readHistory(folder());
    expect(drills).to.have.length(4);
    expect(unreadable.map(({ evidence }) => path.basename(evidence))).to.deep.equal(["lonely.env"]);
    expect(historyTable({ drills, unreadable })).to.match(/\nNOT READ .*lonely\.env: .*lonely\.json is missing\n$/);
  });

  it("is empty in a folder without evidence", async () => {
    expect(historyTable({ drills: [], unreadable: [] })).to.equal("no drill was found\n");
    const error = await readHistory(path.join(folder(), "none")).catch((thrown: unknown) => thrown);
    expect(error).to.include({ name: "UserError", exitCode: 2 });
  });
});
