import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Command } from "commander";
import { understudyProgram } from "../../cli/program";

/** Verbs whose call is written otherwise than as words side by side: in which file, and how. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, words: RegExp]>> = {
  "backup now": ["tests/extended/14-backups.test.ts", /backup\("now"/],
  "backup list": ["tests/extended/14-backups.test.ts", /backup\("list"/],
  "backup check": ["tests/extended/14-backups.test.ts", /backup\("check"/],
  "backup restore": ["tests/extended/14-backups.test.ts", /backup\("restore"/],
  "backup close": ["tests/extended/14-backups.test.ts", /backup\("close"/],
  // It asks no host: the shell itself completes in a contract test.
  completion: ["tests/contract/completion.test.ts", /bashCompletion\(wordsOf/],
  "salvage list": ["tests/e2e/10-rejoin.test.ts", /salvage\("list"/],
  "salvage open": ["tests/e2e/10-rejoin.test.ts", /salvage\("open"/],
  "salvage close": ["tests/e2e/10-rejoin.test.ts", /salvage\("close"/],
  "salvage remove": ["tests/e2e/10-rejoin.test.ts", /salvage\("remove"/],
  // These ask no host; the real engine and a real receiver are in contract tests.
  init: ["tests/contract/init-verb.test.ts", /"init", pair\(\)/],
  notify: ["tests/contract/drill-verb.test.ts", /understudy\("notify", "--test"\)/],
  "drills plan": ["tests/extended/31-drill-verb.test.ts", /"drills", "plan"/],
  "environment show": ["tests/contract/init-verb.test.ts", /"environment", "show"/],
  "requirements verify": ["tests/run/gate.sh", /understudy requirements verify/],
};

/** The words of every verb that does something. */
function verbsOf(command: Command, words: readonly string[] = []): readonly (readonly string[])[] {
  return command.commands.flatMap((verb) => {
    const own = [...words, verb.name()];
    return verb.commands.length === 0 ? [own] : verbsOf(verb, own);
  });
}

/** Whether a test's source calls the verb: its words as strings, one after the other. */
function calls(source: string, words: readonly string[]): boolean {
  return new RegExp(words.map((word) => `"${word}"`).join(",\\s*")).test(source);
}

describe("every verb has an end-to-end test", () => {
  const sources = globSync(["tests/e2e/*.ts", "tests/support/lab-pair.ts"]).map((file) => readFileSync(file, "utf8"));
  const verbs = verbsOf(understudyProgram());

  it("the verbs are found, also those of the lab", () => {
    const names = verbs.map((words) => words.join(" "));
    expect(names).to.include.members(["failover", "lab bench", "lab drill", "lab matrix", "backup now"]);
    expect(names).to.include.members(Object.keys(ELSEWHERE));
  });

  for (const words of verbs) {
    const name = words.join(" ");
    it(`understudy ${name}`, () => {
      const elsewhere = ELSEWHERE[name];
      const called = sources.some((source) => calls(source, words));
      if (called || elsewhere === undefined) expect(called).to.equal(true);
      else expect(readFileSync(elsewhere[0], "utf8"), elsewhere[0]).to.match(elsewhere[1]);
    });
  }

  it("a verb that no test calls is found", () => {
    expect(sources.some((source) => calls(source, ["lab", "nothing"]))).to.equal(false);
  });
});
