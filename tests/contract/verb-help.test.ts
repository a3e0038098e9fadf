import { expect } from "chai";
import type { Command } from "commander";
import { understudyProgram } from "../../cli/program";
import { splitWords, usageFault } from "../support/documentation/commands";

/** Every command of the program with the words that call it, the program itself first. */
function commandsOf(command: Command, words: readonly string[] = []): (readonly [string, Command])[] {
  const own = [...words, command.name()];
  return [[own.join(" "), command], ...command.commands.flatMap((verb) => commandsOf(verb, own))];
}

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false });
  command.outputHelp();
  return help;
}

/** The command lines in the examples that a help text begins with. */
function examplesOf(help: string): readonly string[] {
  const [, block = ""] = /^Examples?:\n((?: {2}.*\n)+)/.exec(help) ?? [];
  return block
    .split("\n")
    .map((line) => line.replace(/\s#.*$/, "").trim())
    .filter((line) => line !== "")
    .flatMap((line) => line.split("&&").map((one) => one.trim()));
}

/** What `--output` of a verb takes, the default first; empty when it has no such option. */
function outputsOf(command: Command): readonly string[] {
  const option = command.options.find(({ long }) => long === "--output");
  return option === undefined ? [] : [String(option.defaultValue), ...(option.argChoices ?? [])];
}

describe("the help of every verb", () => {
  const [, ...verbs] = commandsOf(understudyProgram());

  it("finds the verbs, also those of the lab", () => {
    expect(verbs.map(([words]) => words)).to.include.members(["understudy failover", "understudy lab heal"]);
  });

  for (const [words, verb] of verbs) {
    describe(words, () => {
      const help = helpOf(verb);

      it("begins with examples that would be understood", () => {
        const examples = examplesOf(help);
        expect(examples, help).not.to.deep.equal([]);
        expect(examples.every((example) => example.startsWith("understudy "))).to.equal(true);
        expect(
          examples.some((example) => `${example} `.startsWith(`${words} `)),
          help,
        ).to.equal(true);
        const faults = examples.map((example) => usageFault(splitWords(example).slice(1)));
        expect(faults.filter((fault) => fault !== undefined)).to.deep.equal([]);
      });

      if (verb.commands.length === 0) {
        it("offers JSON on stdout, and words for people unless it is asked for", () => {
          const [usual, ...choices] = outputsOf(verb);
          expect(usual).to.be.oneOf(["text", "table"]);
          expect(choices).to.include.members([usual, "json"]);
        });
      }

      it("ends with what the exit codes mean", () => {
        expect(help.trimEnd().split("\n").at(-1)).to.match(/^Exit codes: 0 done, 1 .*, 2 .*, 3 /);
      });
    });
  }

  it("sees a verb without an example, and one without JSON", () => {
    const [, verb] = commandsOf(understudyProgram().command("dumb").description("says nothing"))[0]!;
    expect(examplesOf(helpOf(verb))).to.deep.equal([]);
    expect(outputsOf(verb)).to.deep.equal([]);
  });
});
