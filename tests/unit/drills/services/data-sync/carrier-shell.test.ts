import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { CARRIER_SHELL, shellLine, withList } from "../../../../../drills/services/data-sync/carrier";
import { temporaryFolder } from "../../../../support/temporary-folder";

/** What the carrier's program answers to these lines. */
function answers(...lines: readonly string[]): string[] {
  const input = lines.map((line) => `${line}\n`).join("");
  return execFileSync("sh", ["-c", CARRIER_SHELL], { input, encoding: "utf8" }).split("\n").slice(0, -1);
}

describe("the program of a carrier's conversation", () => {
  const folder = temporaryFolder();

  it("runs each script with its words, whatever is in them, and ends each answer", () => {
    const print = 'for one; do printf "%s.\\n" "$one"; done';
    const words = ["a b", "", "-x", 'it\'s $HOME `id` "q" \\\\ é', "*"];
    expect(answers(shellLine(print, words), shellLine("echo again", []))).to.deep.equal([
      ...words.map((word) => `${word}.`),
      "ok",
      "again",
      "ok",
    ]);
  });

  it("ends a script at its first failure, says how it ended and what it complained of, and takes the next one", () => {
    const broken = "echo before; ls /nowhere/at/all; echo after";
    const [before, error = "", ...more] = answers(shellLine(broken, []), shellLine("true", []));
    expect(before).to.equal("before");
    expect(error).to.match(/^error exited [12]: .*\/nowhere\/at\/all/);
    expect(more).to.deep.equal(["ok"]);
  });

  it("finds a list where the script says, whether it came with the script or ahead of it", async () => {
    const sent: string[] = [];
    const carrier = {
      work: folder(),
      write: (name: string, text: string) => {
        sent.push(name);
        writeFileSync(`${folder()}/${name}`, text);
        return Promise.resolve(`${folder()}/${name}`);
      },
    };
    for (const lines of [[], ["./a b", "./it's $HOME"], Array.from({ length: 500 }, (_, at) => `./file-${at}`)]) {
      const { script, file } = await withList(carrier, 'cat "$1"', `list-${lines.length}`, lines);
      expect(answers(shellLine(script, [file]))).to.deep.equal([...lines, "ok"]);
    }
    expect(sent).to.deep.equal(["list-500"]);
  });

  it("gives a script none of the lines that follow", () => {
    expect(answers(shellLine("cat", []), shellLine("echo next", []))).to.deep.equal(["ok", "next", "ok"]);
  });
});
