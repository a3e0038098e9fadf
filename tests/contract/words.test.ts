import { expect } from "chai";
import type { Command } from "commander";
import { readFileSync } from "node:fs";
import path from "node:path";
import { understudyProgram } from "../../cli/program";
import { drillReport } from "../../evidence/report/report-files";
import { renderMarkdown } from "../../evidence/report/render-markdown";
import { FORM_RULES, RULES } from "../../evidence/verify/rules";
import { STEPS } from "../../settings/steps";
import { swapStory } from "../support/drill-story";
import { judgedDocument } from "../support/judged-document";
import { PAGES, parsePage, readPage, ROOT, tablesUnder } from "../support/documentation/pages";
import { retiredWords, withoutFormerly } from "../support/documentation/words";
import { continuedFromBackupEvidence } from "../support/unplanned-data";
import { dryRunEvidence, failedEvidence, unplannedEvidence } from "../support/valid-evidence";

const GLOSSARY = "docs/GLOSSARY.md";
const PROGRESS = "docs/IMPLEMENTATION_PROGRESS.md";

/** Every command of the program with what its help says in words: descriptions, and what stands after `#` in its examples. */
function helpOf(command: Command, above = ""): readonly (readonly [string, string])[] {
  const words = `${above} ${command.name()}`.trim();
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false }).outputHelp();
  const said = [
    command.description(),
    ...command.registeredArguments.map(({ description }) => description),
    ...command.options.map(({ description }) => description),
    ...[...help.matchAll(/^ {2}.*\s# (.*)$/gm)].map(([, comment = ""]) => comment),
  ];
  return [[words, said.join("\n")], ...command.commands.flatMap((verb) => helpOf(verb, words))];
}

describe("the words", () => {
  const [terms = []] = tablesUnder(readPage(GLOSSARY), "word", "meaning", "formerly");

  it("are at most 36, each once, each with its meaning", () => {
    expect(terms).to.have.length.within(15, 36);
    expect(new Set(terms.map(([word]) => word)).size).to.equal(terms.length);
    expect(terms.filter(([, meaning = ""]) => meaning.length < 20)).to.deep.equal([]);
  });

  for (const file of [...PAGES, PROGRESS]) {
    it(`of ${file} are none that the glossary has retired`, () => {
      const { text } = readPage(file);
      expect(retiredWords(file === GLOSSARY ? withoutFormerly(text) : text)).to.deep.equal([]);
    });
  }

  for (const [words, said] of helpOf(understudyProgram())) {
    it(`of ${words} --help are none of them either`, () => {
      expect(retiredWords(said)).to.deep.equal([]);
    });
  }

  it("of make help are none of them either", () => {
    const targets = readFileSync(path.join(ROOT, "Makefile"), "utf8").match(/^[a-z]+:.*## .*$/gm) ?? [];
    expect(targets.length).to.be.greaterThan(5);
    expect(retiredWords(targets.join("\n"))).to.deep.equal([]);
  });

  it("of steps and rules are none of them either", () => {
    for (const { sentence } of [...STEPS, ...RULES, ...FORM_RULES])
      expect(retiredWords(sentence), sentence).to.deep.equal([]);
  });

  it("of a drill's report are none of them either, but for marks, rules and names that the evidence has", () => {
    for (const document of [
      swapStory(),
      dryRunEvidence(),
      unplannedEvidence(),
      continuedFromBackupEvidence(),
      failedEvidence("promote-standby"),
    ]) {
      const report = renderMarkdown(drillReport(judgedDocument(document)), "page.html");
      const marks = document.steps.flatMap((step) => step.marks.map(({ name }) => name));
      const ours = marks.reduce((text, mark) => text.replaceAll(mark, ""), report);
      expect(retiredWords(ours)).to.deep.equal([]);
    }
  });

  describe("negative controls: what these checks must catch", () => {
    it("a retired word in prose, in any form, and none in code, flags, files and links", () => {
      const text =
        "Swapping. The cut. Sealed, and settles. A carrier is held. A standing probe is carried over.\n" +
        "`swap` --standing-probe understudy settle D-SWAP-1 docs/results/swap_bench.json [x](#the-cut)\n```sh\nsettle\n```\n";
      expect(retiredWords(text).length).to.equal(9);
      expect(retiredWords("The haircut is heldless; a carrying case. Reseller.")).to.deep.equal([]);
    });

    it("a retired word in the glossary, but for its last column", () => {
      const page = "| word | meaning | formerly |\n| --- | --- | --- |\n| a | the cut | the seal |\n";
      expect(retiredWords(withoutFormerly(page))).to.have.length(1);
      expect(tablesUnder(parsePage("x.md", page), "word", "meaning", "formerly")).to.have.length(1);
    });
  });
});
