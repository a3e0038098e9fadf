import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { bashCompletion } from "../../cli/completion/bash";
import { wordsOf } from "../../cli/completion/words";
import { understudyProgram } from "../../cli/program";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const ASK = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _understudy; printf "%s\\n" "${COMPREPLY[@]}"';

describe("completion in bash", function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  const script = (): string => path.join(folder(), "understudy.bash");
  before(() => writeFileSync(script(), bashCompletion(wordsOf(understudyProgram()))));

  /** What bash offers for the last of these words. */
  function offered(...words: readonly string[]): readonly string[] {
    const { code, said } = runProgram("bash", "-c", ASK, script(), "understudy", ...words);
    expect(code, said).to.equal(0);
    return said.split("\n").filter((line) => line !== "");
  }

  it("offers every verb, and the verbs and options that follow one", () => {
    const verbs = understudyProgram().commands.map((verb) => verb.name());
    expect(offered("")).to.deep.equal([...verbs, "--version", "--help"]);
    expect(offered("switch")).to.deep.equal(["switchover"]);
    expect(offered("backup", "")).to.deep.equal(["now", "list", "check", "restore", "close", "--help"]);
    expect(offered("switchover", "--e")).to.deep.equal(["--env-config", "--execute"]);
    expect(offered("completion", "f")).to.deep.equal(["fish"]);
  });

  it("follows the verb past options and their values", () => {
    expect(offered("backup", "--host", "host-a", "restore", "--to", "")).to.deep.equal(["scratch", "service"]);
    expect(offered("status", "--output", "j")).to.deep.equal(["json"]);
  });

  it("leaves files, and what cannot be known, to bash", () => {
    expect(offered("up", "--env-config", "")).to.deep.equal([]);
    expect(offered("failover", "--to", "")).to.deep.equal([]);
  });

  it("is shell that shellcheck finds nothing to say of", () => {
    expect(runProgram("shellcheck", script())).to.deep.equal({ code: 0, said: "" });
  });
});
