import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { renderHtml } from "../../../../evidence/report/render-html";
import { renderMarkdown } from "../../../../evidence/report/render-markdown";
import { isRehearsal, readinessAfter } from "../../../../evidence/report/rehearsed";
import { drillReport } from "../../../../evidence/report/report-files";
import { judgedDocument } from "../../../support/judged-document";
import { dryRunEvidence, failedEvidence, plannedEvidence, record } from "../../../support/valid-evidence";

const SHA256 = "a".repeat(64);

/** A drill whose evidence says what was rehearsed. */
function rehearsed(change: (document: EvidenceDocument) => void = () => undefined): EvidenceDocument {
  const document = plannedEvidence();
  document.drill.basis = {
    ...{ program: "0.1.0", images: { redis: "redis:7" } },
    ...{ environmentFileSha256: SHA256, settingsSha256: SHA256, keysSha256: SHA256 },
  };
  change(document);
  return record(document);
}

describe("what a report says of whether the pair is ready", () => {
  const CASES: readonly (readonly [string, EvidenceDocument, string, RegExp])[] = [
    ["an accepted drill", rehearsed(), "READY", /when this drill ended, \d{4}-/],
    ["a dry run", dryRunEvidence(), "NOT VERIFIED", /a dry run is no rehearsal/],
    ["a failed drill", failedEvidence("verify"), "NOT VERIFIED", /was not accepted/],
    [
      "a drill that claims too much",
      rehearsed((one) => (one.drill.durationMs = 1)),
      "NOT VERIFIED",
      /was not accepted/,
    ],
    ["a drill of the stores", rehearsed((one) => (one.drill.storesOnly = true)), "NOT VERIFIED", /two stores only/],
    ["evidence of before", plannedEvidence(), "NOT VERIFIED", /does not say what was rehearsed/],
  ];
  for (const [name, document, word, why] of CASES) {
    it(`${name}: ${word}, in one line of both forms, with the command that knows what came after`, () => {
      const judged = judgedDocument(document);
      const readiness = readinessAfter(document, judged.verdict);
      expect(readiness.word).to.equal(word);
      expect(readiness.sentence).to.match(why);
      const report = drillReport(judged);
      for (const text of [renderMarkdown(report, "page.html"), renderHtml(report)]) {
        const lines = text.split("\n").filter((line) => /\b(READY|NOT VERIFIED)\b/.test(line));
        expect(lines).to.have.length(1);
        expect(lines[0]).to.match(why).and.to.include("understudy status --ready");
      }
    });
  }

  it("counts as a rehearsal what status --ready counts as one", () => {
    const counts = CASES.map(([, document]) => isRehearsal(document, judgedDocument(document).verdict));
    expect(counts).to.deep.equal([true, false, false, false, false, true]);
  });
});
