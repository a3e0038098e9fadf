import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { EvidenceDocument } from "../../evidence/document";
import { drillReport } from "../../evidence/report/report-files";
import { renderHtml } from "../../evidence/report/render-html";
import { adoptedEvidence } from "../support/adopted-evidence";
import { lookAt, screenshot, type PageLook } from "../support/browser";
import { lossStory, nightStory, swapStory } from "../support/drill-story";
import { judgedDocument } from "../support/judged-document";
import { temporaryFolder } from "../support/temporary-folder";
import { dryRunEvidence, failedEvidence } from "../support/valid-evidence";
import { acceptedUnfencedEvidence, unplannedDryRunEvidence } from "../support/valid-unplanned";

const DRILLS: Readonly<Record<string, EvidenceDocument>> = {
  "a planned swap": swapStory(),
  "a failover with loss": lossStory(),
  "a failover of a dead host": nightStory(),
  "a failover that a standing probe saw": adoptedEvidence(3_600_000),
  "a failover that an operator vouched for": acceptedUnfencedEvidence(),
  "a dry run of a failover": unplannedDryRunEvidence(),
  "a dry run": dryRunEvidence(),
  "a failed drill": failedEvidence("demote-primary"),
  "a drill that never began": failedEvidence("precheck"),
};
const WIDTHS = [390, 1100] as const;
const page = (document: EvidenceDocument): string => renderHtml(drillReport(judgedDocument(document)));

describe("the report's page in a real browser", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  let looks: Map<string, PageLook>;
  const lookOf = (name: string, widthPx: number): PageLook => looks.get(`${name} ${widthPx}`)!;

  before(async () => {
    const wanted = Object.entries(DRILLS).flatMap(([name, document]) =>
      WIDTHS.map((widthPx) => ({ key: `${name} ${widthPx}`, html: page(document), widthPx })),
    );
    const seen = await lookAt(wanted, "light");
    looks = new Map(wanted.map(({ key }, index) => [key, seen[index]!]));
  });

  for (const [name, document] of Object.entries(DRILLS)) {
    for (const widthPx of WIDTHS) {
      it(`${name} fits a window of ${widthPx} px, sideways`, () => {
        const { outside, neededPx, widthPx: width } = lookOf(name, widthPx);
        expect(width).to.equal(widthPx);
        expect(outside).to.deep.equal([]);
        expect(neededPx).to.equal(widthPx);
      });

      it(`${name} shows its verdict, tiles and sections in a window of ${widthPx} px`, () => {
        const { text } = lookOf(name, widthPx);
        const report = drillReport(judgedDocument(document));
        const words = text.replaceAll("\u00a0", " ");
        expect(words).to.include(report.headline.badge).and.include(report.headline.sentence);
        for (const { label, value } of report.tiles) expect(words).to.include(label).and.include(value);
        for (const { title } of report.sections) expect(words).to.include(title);
      });

      it(`${name} shows each picture once, large enough, with no words on others, at ${widthPx} px`, () => {
        const { pictures, overlaps } = lookOf(name, widthPx);
        const shown = pictures.filter((picture) => picture.shown);
        expect(shown).to.have.length(pictures.length / 2);
        for (const { width, height } of shown) {
          expect(width).to.be.at.least(widthPx * 0.8);
          expect(height).to.be.at.least(100);
        }
        expect(overlaps).to.deep.equal([]);
      });
    }
  }

  it("draws a timeline and the enlarged cut of an executed drill, none of a dry run", () => {
    expect(lookOf("a planned swap", 390).pictures).to.have.length(4);
    expect(lookOf("a dry run", 390).pictures).to.have.length(0);
    expect(lookOf("a planned swap", 390).text).to.include("120.3 ms without a write");
    expect(lookOf("a planned swap", 1100).text).to.include("120.3 ms without an acknowledged write");
  });

  it("keeps lists of checks folded, so that a person is not met by fifty rows", () => {
    expect(lookOf("a planned swap", 1100).text).to.include("precheck: 17 checks").and.not.include("prometheus healthy");
  });

  it("follows the reader's theme", async () => {
    const [dark] = await lookAt([{ html: page(swapStory()), widthPx: 1100 }], "dark");
    expect(lookOf("a planned swap", 1100).background).to.equal("rgb(246, 247, 249)");
    expect(dark!.background).to.equal("rgb(17, 21, 28)");
  });

  it("can be photographed", async () => {
    const file = path.join(folder(), "page.png");
    await screenshot(page(swapStory()), "light", file);
    const png = readFileSync(file);
    expect(png.subarray(1, 4).toString()).to.equal("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).to.deep.equal([1100, 1500]);
    expect(png.length, "not a blank page").to.be.greaterThan(40_000);
  });

  it("is measured by checks that see a page that overflows, and words that lie on others", async () => {
    const bad = `<!doctype html><body style="margin:0"><p style="width:600px">wide</p><svg width="300" height="100"><text x="5" y="50">one word</text><text x="9" y="50">another</text></svg>`;
    const [look] = await lookAt([{ html: bad, widthPx: 390 }], "light");
    expect(look!.neededPx).to.equal(600);
    expect(look!.outside).to.have.length(1);
    expect(look!.overlaps).to.deep.equal(["one word / another"]);
  });
});
