import { expect } from "chai";
import fc from "fast-check";
import {
  escapeMarkdown,
  escapeMarkdownLine,
  markdownCode,
  printable,
} from "../../../../evidence/report/escape-markdown";
import { escapeMarkup, Markup, markup } from "../../../../evidence/report/markup";
import { table } from "../../../../evidence/report/render-markdown";
import { scanXml } from "../../../support/xml-scanner";

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...Array.from("<>&\"'`|\\*_[]()#-+=~$@!:/.1\n\r\t \u202e\u0000\ud800w")),
    maxLength: 40,
  }),
);

/** What a Markdown reader shows of inline text: entities and backslash escapes resolved. */
function shown(markdown: string): string {
  return markdown.replaceAll(
    /\\([!-/:-@[-`{-~])|&#(\d+);/g,
    (_, escaped: string | undefined, code: string | undefined) => escaped ?? String.fromCharCode(Number(code)),
  );
}

describe("printable text", () => {
  it("shows controls, text-direction overrides and lone surrogates as what they are, on one line", () => {
    expect(printable("a\u0000b\u202ec\ud800d\u200b")).to.equal("a\\u0000b\\u202ec\\ud800d\\u200b");
    expect(printable("one\r\n  two\tthree")).to.equal("one two three");
    expect(printable("größer ✓ 😀")).to.equal("größer ✓ 😀");
  });
});

describe("markup", () => {
  it("escapes every value that is not markup itself, and nothing twice", () => {
    const inner = markup`<b>${"<i>"}</b>`;
    expect(markup`<p title="${'"'}">${inner}${[1, "&"]}${null}</p>`.text).to.equal(
      '<p title="&quot;"><b>&lt;i&gt;</b>1&amp;</p>',
    );
    expect(inner).to.be.instanceOf(Markup);
  });

  it("is well formed XML that says what was put in, whatever that was", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const element = scanXml(markup`<a b="${text}">${text}</a>`.text);
        expect(element.attributes).to.deep.equal({ b: printable(text) });
        expect(element.text).to.equal(printable(text));
        expect(element.children).to.deep.equal([]);
      }),
    );
  });

  it("would not be without escaping: the scanner refuses what is not well formed", () => {
    for (const bad of [
      "<a>",
      "<a></b>",
      "<a>&</a>",
      "<a>&nbsp;</a>",
      '<a b="<"/>',
      "<a/><a/>",
      "<a>\u0001</a>",
      '<a b="1" b="2"/>',
    ]) {
      expect(() => scanXml(bad), bad).to.throw();
    }
    expect(escapeMarkup("<&>\"'")).to.equal("&lt;&amp;&gt;&quot;&#39;");
  });
});

describe("Markdown", () => {
  it("shows exactly the words that were put in", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = printable(text).replace(/^ +| +$/g, "");
        expect(shown(escapeMarkdown(text))).to.equal(words);
        expect(shown(escapeMarkdownLine(text))).to.equal(words);
      }),
    );
  });

  it("has no HTML, link, emphasis, code, mention or address in them", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped).not.to.match(/[<>|`@$\n\r]|:\/\/|(?<!\\)[*_[\]~]|\\(?![*_[\]~])/);
      }),
    );
  });

  it("begins no heading, list, quote or rule at the start of a line", () => {
    for (const start of ["# a", "- a", "+ a", "* a", "> a", "1. a", "12) a", "---", "===", "    code", "```", "-"]) {
      expect(escapeMarkdownLine(start), start).to.match(/^(\\[#+*=_-]|&#|\d+\\[.)]|code)/);
    }
    expect(escapeMarkdownLine("1.929 s")).to.equal("1.929 s");
  });

  it("keeps a table's columns, whatever is in its cells", () => {
    fc.assert(
      fc.property(anyText, anyText, (left, right) => {
        const rows = table(["a", "b"], [[left, { text: right, code: true }]]).split("\n");
        expect(rows).to.have.length(3);
        for (const row of rows) expect(row.split("|")).to.have.length(4);
      }),
    );
  });

  it("sets as code only what can be code in a table", () => {
    expect(markdownCode("0/30000A0")).to.equal("`0/30000A0`");
    expect(markdownCode("a`b|c")).to.equal("a&#96;b&#124;c");
    expect(markdownCode("")).to.equal("");
  });
});
