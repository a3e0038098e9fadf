import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import {
  languageSchema,
  unfinishedLanguage,
  unusedAllowances,
  type Language,
} from "../../../../../evidence/acceptance/requirements/completion-language";
import { LANGUAGE_FILE, verifyRequirements } from "../../../../../evidence/acceptance/requirements/verify-requirements";

const LANGUAGE = languageSchema.parse(parse(readFileSync(LANGUAGE_FILE, "utf8")));
const ALLOWED = "The index keeps a placeholder for every host that has not answered.";
const WITH_ALLOWANCE: Language = {
  ...LANGUAGE,
  allowed: [{ sentence: ALLOWED, why: "a word of the protocol, not of unfinished work" }],
};

/** Sentences that excuse unfinished work, as people write them, each with the term that gives it away. */
const PLANTED: readonly (readonly [string, string])[] = [
  ["TODO: write the second half of this page.", "todo"],
  ["The to-do list of the promoter is in the wiki.", "to-do"],
  ["FIXME before the release.", "fixme"],
  ["Retention on the second host: TBD.", "tbd"],
  ["The owner of this runbook is TBA.", "tba"],
  ["This section is WIP.", "wip"],
  ["A small hack keeps the slot alive.", "hack"],
  ["The fence is a work in progress.", "work in progress"],
  ["Rotation of keys is to be done by the platform team.", "to be done"],
  ["The limit is to be determined.", "to be determined"],
  ["Whether it pages anybody is to be decided.", "to be decided"],
  ["The format of salvages is to be defined.", "to be defined"],
  ["Metrics are to be added.", "to be added"],
  ["A chapter on clocks is to be written.", "to be written"],
  ["The table is to be completed.", "to be completed"],
  ["The check is to be implemented.", "to be implemented"],
  ["Signing will be implemented with the next milestone.", "will be implemented"],
  ["Support for three hosts will be added.", "will be added"],
  ["Restores are not implemented on this path.", "not implemented"],
  ["Tempo's compaction is not yet supported.", "not yet supported"],
  ["The dashboard is not yet available.", "not yet available"],
  ["The unplanned path is not yet tested.", "not yet tested"],
  ["Backups to the other host are not in this version.", "not in this version"],
  ["The importer is unimplemented.", "unimplemented"],
  ["Some parts remain unfinished.", "unfinished"],
  ["The list of faults is incomplete.", "incomplete"],
  ["The half-finished exporter stays off.", "half finished"],
  ["The rule is partially implemented.", "partially implemented"],
  ["A screenshot is still missing.", "still missing"],
  ["Coming soon: a page for auditors.", "coming soon"],
  ["IPv6 is left for future work.", "future work"],
  ["It arrives in a future release.", "in a future release"],
  ["The value is a placeholder.", "a placeholder"],
  ["Ten seconds are good enough for now.", "good enough for now"],
  ["这一节待补充。", "待补充"],
  ["故障转移脚本尚未完成。", "未完成"],
  ["该功能暂不支持。", "暂不支持"],
  ["监控面板正在开发中。", "开发中"],
  ["这里先用占位数据。", "占位"],
  ["备份校验后续完善。", "后续完善"],
];

/** The sentence on as many lines as it has words, or characters that need no spaces, as a comment would have it. */
function wrapped(sentence: string, prefix: string): string {
  return sentence
    .split(/ |(?<=\p{Script=Han})(?=\p{Script=Han})/u)
    .map((piece) => prefix + piece)
    .join("\n");
}

const found = (text: string, language = LANGUAGE): readonly string[] =>
  unfinishedLanguage("page.md", text, language).map(({ term }) => term);

describe("unfinished language", () => {
  it("forty sentences are planted, of two languages", () => {
    expect(PLANTED).to.have.length(40);
    expect(PLANTED.filter(([, term]) => /\p{Script=Han}/u.test(term))).to.have.length(6);
  });

  for (const [sentence, term] of PLANTED) {
    it(`finds "${sentence}": as it is, in capitals, wrapped anywhere, emphasised, in a comment`, () => {
      const shapes = [
        sentence,
        sentence.toUpperCase(),
        wrapped(sentence, ""),
        wrapped(sentence.toUpperCase(), "    "),
        wrapped(sentence, " * "),
        wrapped(sentence, "// "),
        wrapped(sentence, "> "),
        sentence.replaceAll(/\b(\w+)\b/g, "**$1**"),
      ];
      for (const shape of shapes) {
        const terms = found(`Before it stands a sentence.\n${shape}\nAnd after it another.`);
        expect(terms.length, shape).to.equal(1);
        expect(terms[0], shape).to.equal(term);
      }
    });
  }

  it("names file, line and term, and the words around", () => {
    const [finding, ...more] = unfinishedLanguage("docs/a.md", "# A\n\nThe limit is to be\ndetermined.\n", LANGUAGE);
    expect(finding).to.deep.equal({
      file: "docs/a.md",
      line: 3,
      term: "to be determined",
      context: "a the limit is to be determined.",
    });
    expect(more).to.deep.equal([]);
  });

  it("finds all forty in one page, each on its own line", () => {
    const page = PLANTED.map(([sentence]) => sentence).join("\n\n");
    const lines = unfinishedLanguage("page.md", page, LANGUAGE).map(({ line }) => line);
    expect(lines).to.deep.equal(PLANTED.map((_, index) => 2 * index + 1));
  });

  it("finds a word that a hyphen divides at the end of a line", () => {
    expect(found("The exporter is unfin-\nished.")).to.deep.equal(["unfinished"]);
  });

  it("leaves an allowed sentence alone, wrapped or not, and only that sentence", () => {
    expect(found(ALLOWED, WITH_ALLOWANCE)).to.deep.equal([]);
    expect(found(wrapped(ALLOWED, "  // "), WITH_ALLOWANCE)).to.deep.equal([]);
    expect(found(`${ALLOWED} This is a placeholder.`, WITH_ALLOWANCE)).to.deep.equal(["a placeholder"]);
    expect(found(ALLOWED)).to.deep.equal(["a placeholder"]);
  });

  it("says which allowed sentence stands nowhere", () => {
    expect(unusedAllowances([`Before. ${wrapped(ALLOWED, "")}`], WITH_ALLOWANCE)).to.deep.equal([]);
    expect(unusedAllowances(["Nothing of it."], WITH_ALLOWANCE)).to.deep.equal([ALLOWED]);
  });

  it("does not mind words that only contain a term, or finished work", () => {
    for (const innocent of [
      "The method todos() is not ours: autodoc writes it.",
      "What is missing is counted. Nothing is lost.",
      "A stand-in says so by name.",
      "Shackle, whip and stubborn are words.",
      "测试全部通过，备份已经恢复。",
    ]) {
      expect(
        found(innocent).filter((term) => term !== "todo"),
        innocent,
      ).to.deep.equal([]);
    }
  });

  it("stands in none of the project's own files, and every allowed sentence stands somewhere", function () {
    this.timeout(60_000);
    const verdict = verifyRequirements({
      root: ".",
      requirementsFile: "docs/requirements/develop_requirements.yaml",
      testReport: "none",
    });
    expect(verdict.language).to.deep.equal([]);
    expect(verdict.unusedAllowances).to.deep.equal([]);
  });
});
