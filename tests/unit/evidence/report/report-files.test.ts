import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { EvidenceDocument } from "../../../../evidence/document";
import { writeReport } from "../../../../evidence/report/report-files";
import { swapStory } from "../../../support/drill-story";
import { judgedDocument } from "../../../support/judged-document";
import { temporaryFolder } from "../../../support/temporary-folder";
import { dryRunEvidence } from "../../../support/valid-evidence";

function named(document: EvidenceDocument, id: string): EvidenceDocument {
  document.drill.id = id;
  for (const step of document.steps) step.drillId = id;
  return document;
}

describe("the files of a report", () => {
  const folder = temporaryFolder();
  const write = (document: EvidenceDocument): Promise<{ markdown: string }> =>
    writeReport(path.join(folder(), "made"), judgedDocument(document));

  it("are named after the day of the drill, lie side by side, and nothing else is left", async () => {
    await write(named(swapStory(), "first"));
    expect(readdirSync(path.join(folder(), "made"))).to.have.members([
      "failover_drill_report_2026-11-23.md",
      "failover_drill_report_2026-11-23.html",
    ]);
  });

  it("replace those of the same drill, and none of another drill of that day", async () => {
    const again = await write(named(swapStory(), "first"));
    const other = await write(named(swapStory(), "second"));
    const dry = await write(named(dryRunEvidence(), "first"));
    expect([again, other, dry].map(({ markdown }) => path.basename(markdown))).to.deep.equal([
      "failover_drill_report_2026-11-23.md",
      "failover_drill_report_2026-11-23_second.md",
      "failover_drill_report_2026-11-23_first_dry-run.md",
    ]);
    expect(readFileSync(again.markdown, "utf8")).to.include("# Failover drill first");
    expect(readFileSync(other.markdown, "utf8")).to.include("(failover_drill_report_2026-11-23_second.html)");
  });

  it("say which place cannot be written, and leave nothing there", async () => {
    const file = (await write(named(swapStory(), "first"))).markdown;
    const error = await writeReport(file, judgedDocument(swapStory())).catch((thrown: unknown) => thrown);
    expect(error).to.have.property("name", "UserError");
    expect(error)
      .to.have.property("message")
      .that.matches(/failover_drill_report_\S+ cannot be written: /);
  });
});
