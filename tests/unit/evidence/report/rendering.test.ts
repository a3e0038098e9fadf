import { expect } from "chai";
import { evidenceDocumentSchema, type EvidenceDocument } from "../../../../evidence/document";
import { drillReport } from "../../../../evidence/report/report-files";
import { renderHtml } from "../../../../evidence/report/render-html";
import { renderMarkdown } from "../../../../evidence/report/render-markdown";
import { PAGE_STYLE } from "../../../../evidence/report/page-style";
import { lossStory, swapStory } from "../../../support/drill-story";
import { leavesOf, withValueAt } from "../../../support/json-leaves";
import { judgedDocument } from "../../../support/judged-document";
import { dryRunEvidence, failedEvidence } from "../../../support/valid-evidence";

const HOSTILE = `<script src="http://evil/x">'"</script><img onerror=x>|\`a\` **b** [c](http://evil) @d \u202e\n# e`;

/** The document with the hostile text in every place in which the schema takes any text. */
function poisoned(document: EvidenceDocument): { document: EvidenceDocument; places: number } {
  return leavesOf(document)
    .filter(({ value, path }) => typeof value === "string" && !path.includes("samples"))
    .reduce(
      (all, { path }) => {
        const next = withValueAt(all.document, path, HOSTILE);
        return evidenceDocumentSchema.safeParse(next).success ? { document: next, places: all.places + 1 } : all;
      },
      { document, places: 0 },
    );
}

describe("text from evidence", () => {
  for (const [name, good] of Object.entries({
    swap: swapStory(),
    loss: lossStory(),
    dry: dryRunEvidence(),
    failed: failedEvidence("verify"),
  })) {
    it(`is text and nothing else in both forms: ${name}`, () => {
      const { document, places } = poisoned(good);
      expect(places).to.be.greaterThan(15);
      const report = drillReport(judgedDocument(document));
      const html = renderHtml(report);
      expect(html).to.include("&lt;script src=&quot;http://evil/x&quot;&gt;");
      expect(html).not.to.match(/<script|<img|<[^>]*\son\w+=|\u202e/);
      expect(html).not.to.match(/<[^>]*\s(?:src|href|srcset|action)=|@import|\burl\((?!#)/);
      const markdown = renderMarkdown(report, "page.html");
      expect(markdown).to.include("&#60;script");
      expect(markdown.replaceAll(/```text\n[^`]*\n```/g, "")).not.to.match(
        /[<>\u202e]|(?<!&#58;|\\):\/\/|(?<!\\)\[c\]|^# e/m,
      );
    });
  }

  it("does not change the shape of a Markdown table", () => {
    const markdown = renderMarkdown(drillReport(judgedDocument(poisoned(swapStory()).document)), "page.html");
    let columns = 0;
    for (const line of markdown.split("\n")) {
      if (!line.startsWith("|")) columns = 0;
      else if (columns === 0) columns = line.split("|").length;
      else expect(line.split("|"), line).to.have.length(columns);
    }
  });
});

describe("the HTML page", () => {
  const html = renderHtml(drillReport(judgedDocument(swapStory())));

  it("stands alone: no script, nothing fetched, and a policy that forbids both", () => {
    expect(html).to.include(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"`,
    );
    expect(html).not.to.include("<script");
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.to.match(/https?:/);
  });

  it("has no id twice, and every reference to an id has its target", () => {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const references = [...html.matchAll(/aria-labelledby="([^"]+)"|url\(#([^)]+)\)/g)].flatMap(([, labels, url]) =>
      (labels ?? url ?? "").split(" "),
    );
    expect(references).not.to.deep.equal([]);
    expect(ids).to.include.members(references);
  });

  it("says every picture in words: title, description, and tables", () => {
    const pictures = html.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    expect(pictures).to.have.length(4);
    for (const picture of pictures)
      expect(picture).to.match(/role="img".*\n<title[^>]*>[^<]{10,}<\/title>\n<desc[^>]*>[^<]{20,}<\/desc>/);
    expect(html)
      .to.include("<caption>Acknowledged writes</caption>")
      .and.include("<caption>Moments in the picture</caption>");
  });

  it("is small: a drill's page can be mailed", () => {
    expect(html.length).to.be.lessThan(120_000);
  });
});

/** The colours of the page's two themes, as their own style sheet has them. */
function themes(): { name: string; colours: Readonly<Record<string, string>> }[] {
  const blocks = [...PAGE_STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, block = ""]) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6})/g)].map(([, name = "", value = ""]) => [name, value]),
    ),
  );
  return ["light", "dark", "paper"].map((name, index) => ({ name, colours: blocks[index] ?? {} }));
}

function luminance(colour: string): number {
  const full = colour.length === 4 ? colour.replaceAll(/[0-9a-f]/g, "$&$&") : colour;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(left: string, right: string): number {
  const [dark = 0, light = 0] = [luminance(left), luminance(right)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

describe("the page's colours", () => {
  for (const { name, colours } of themes()) {
    it(`can be read in ${name}: text at 4.5 to 1, strokes at 3 to 1`, () => {
      for (const text of ["text", "soft", "good", "bad", "warn", "unknown", "plain", "gap-text"]) {
        expect(contrast(colours[text]!, colours["card"]!), text).to.be.at.least(4.5);
      }
      for (const stroke of ["old", "new"])
        expect(contrast(colours[stroke]!, colours["strip"]!), stroke).to.be.at.least(3);
    });
  }
});
