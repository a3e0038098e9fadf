import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../support/temporary-folder";

/** A subject's line in a log stays whole beside its commit's id. */
const LONGEST = 72;

/** This file: commits from before it came were not held to it. */
const SELF = "tests/contract/commit-subjects.test.ts";

function git(folder: string, ...words: readonly string[]): string {
  // The tests run as root, also on a checkout of another account.
  return execFileSync("git", ["-c", "safe.directory=*", ...words], { cwd: folder, encoding: "utf8" }).trim();
}

/** Subjects that are too long, of the commits since the last release, or else since `since` came, this one included. */
function longSubjects(folder: string, since: string): readonly string[] {
  const release = git(folder, "tag", "--list", "v*", "--merged", "HEAD", "--sort=-creatordate").split("\n")[0] ?? "";
  const came = git(folder, "log", "--diff-filter=A", "--format=%H", "--", since).split("\n").at(-1) ?? "";
  const [from, first] = release === "" ? [came, came] : [release, ""];
  if (from === "") return [];
  const newer = git(folder, "log", "--format=%s", `${from}..HEAD`).split("\n");
  const subjects = first === "" ? newer : [...newer, git(folder, "show", "--no-patch", "--format=%s", first)];
  // Of a merge the subject is a tool's, such as CI's with two whole commit ids.
  return subjects.filter((subject) => subject.length > LONGEST && !subject.startsWith("Merge "));
}

describe("the subjects of commits", () => {
  const folder = temporaryFolder();

  it(`have at most ${LONGEST} characters`, () => {
    if (existsSync(".git")) expect(longSubjects(".", SELF)).to.deep.equal([]);
  });

  it("are read from when the rule came, and after a release from there", () => {
    const commit = (subject: string): void =>
      void git(
        folder(),
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        subject,
      );
    const long = (letter: string): string => letter.repeat(LONGEST + 1);
    git(folder(), "init", "--quiet");
    commit(long("a"));
    expect(longSubjects(folder(), "rule")).to.deep.equal([]);
    writeFileSync(path.join(folder(), "rule"), "");
    git(folder(), "add", "rule");
    commit(long("b"));
    commit("c".repeat(LONGEST));
    commit(long("d"));
    commit(`Merge ${long("f")}`);
    expect(longSubjects(folder(), "rule")).to.deep.equal([long("d"), long("b")]);
    git(folder(), "tag", "v0.1.0");
    commit(long("e"));
    expect(longSubjects(folder(), "rule")).to.deep.equal([long("e")]);
  });
});
