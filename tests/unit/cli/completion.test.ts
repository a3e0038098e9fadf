import { Argument, Command, Option } from "commander";
import { expect } from "chai";
import { bashCompletion } from "../../../cli/completion/bash";
import { fishCompletion } from "../../../cli/completion/fish";
import { wordsOf } from "../../../cli/completion/words";
import { zshCompletion } from "../../../cli/completion/zsh";

function example(): Command {
  const program = new Command("understudy").option("--version", "say which");
  const walk = program.command("walk").description("the dog's hour");
  walk.option("--map <file>", "where").option("--with <name>", "who").option("--fast", "run");
  walk.addOption(new Option("--pace <pace>", "how").choices(["slow", "quick"]));
  walk.addOption(new Option("--secret", "not shown").hideHelp());
  const feed = program.command("feed").description("food");
  feed.command("now").addArgument(new Argument("<what>", "which food").choices(["fish", "corn"]));
  return program;
}

describe("the words that a shell offers", () => {
  const words = wordsOf(example());
  const at = (path: string): (typeof words)[number] | undefined => words.find((one) => one.path === path);

  it("are the verbs of every command, and the choices of its arguments", () => {
    expect(words.map(({ path }) => path)).to.deep.equal([
      "understudy",
      "understudy walk",
      "understudy feed",
      "understudy feed now",
    ]);
    expect(at("understudy")?.verbs).to.deep.equal([
      { word: "walk", meaning: "the dog's hour" },
      { word: "feed", meaning: "food" },
    ]);
    expect(at("understudy feed now")?.verbs.map(({ word }) => word)).to.deep.equal(["fish", "corn"]);
  });

  it("know what may follow an option, and leave out those that no help shows", () => {
    expect(at("understudy walk")?.options.map(({ word, takes, choices }) => [word, takes, choices])).to.deep.equal([
      ["--map", "file", []],
      ["--with", "text", []],
      ["--fast", "none", []],
      ["--pace", "choice", ["slow", "quick"]],
      ["--help", "none", []],
    ]);
  });

  for (const [shell, script] of Object.entries({ bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion })) {
    it(`are all in the script for ${shell}`, () => {
      const text = script(words);
      for (const { path, verbs, options } of words) {
        for (const word of [...path.split(" "), ...verbs.map((verb) => verb.word)]) expect(text).to.include(word);
        for (const { word, choices } of options) {
          expect(text).to.include(word.slice(2));
          for (const choice of choices) expect(text).to.include(choice);
        }
      }
      expect(text).not.to.include("secret");
    });
  }

  it("with an apostrophe are quoted for each shell that shows meanings", () => {
    expect(zshCompletion(words)).to.include(String.raw`'walk:the dog'\''s hour'`);
    expect(fishCompletion(words)).to.include(String.raw`-a 'walk' -d 'the dog\'s hour'`);
  });
});
