import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { leftBehind, readWorkingTree } from "../run/working-tree";
import { temporaryFolder } from "../support/temporary-folder";

describe("what a run leaves in the working tree", () => {
  const folder = temporaryFolder();
  const git = (...words: string[]): void =>
    void execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e", ...words], { cwd: folder() });
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder(), file)), { recursive: true });
    writeFileSync(path.join(folder(), file), text);
  };

  it("is everything that git does not ignore: new files, and edits of tracked ones, edited before or not", () => {
    expect(readWorkingTree(folder()), "no repository").to.equal(undefined);
    git("init", "--quiet");
    put(".gitignore", "/results/*\n");
    put("tracked", "1");
    put("edited", "1");
    git("add", "--all");
    git("commit", "--quiet", "--message", "all");
    put("edited", "2");
    const before = readWorkingTree(folder());
    expect([...(before ?? [])].map(([line]) => line)).to.deep.equal([" M edited"]);
    put("results/of-a-run", "ignored");
    expect(leftBehind(before, readWorkingTree(folder()))).to.deep.equal([]);
    put("tracked", "2");
    put("edited", "3");
    put("new/file", "1");
    expect(leftBehind(before, readWorkingTree(folder()))).to.have.members([" M tracked", " M edited", "?? new/file"]);
  });

  it("is not known without a repository", () => {
    expect(leftBehind(undefined, new Map([["?? file", ""]]))).to.deep.equal([]);
  });
});
