import { expect } from "chai";
import { abreast, groupsOf, longestFirst } from "../run/abreast";
import { failedLines, failuresOf } from "../run/failures";
import { runStage } from "../run/run-stage";
import { chooseStages, GATE, STAGES, type Stage } from "../run/stages";

const chosen = (...named: string[]): readonly string[] => chooseStages(named).stages.map(({ name }) => name);

describe("the stages of a test run", () => {
  it("are all but those that run only by name when none is named; the requirements come last", () => {
    expect(chosen()).to.deep.equal(STAGES.map(({ name }) => name).filter((name) => name !== "extended"));
    expect(chosen().at(-1)).to.equal(GATE);
    expect(chooseStages([]).complete).to.equal(true);
  });

  it("do not have the requirements among them when only others are named: no run of a part is held against them", () => {
    expect(chosen("unit", "types")).to.deep.equal(["types", "unit"]);
    expect(chooseStages(["unit", "types"]).complete).to.equal(false);
  });

  it("leave no new report when the requirements are named alone: the last complete run is judged", () => {
    expect(chosen(GATE)).to.deep.equal([GATE]);
    expect(chooseStages([GATE]).complete).to.equal(false);
  });

  it("are a complete run too when everything is named, the long stories with it", () => {
    const everything = chooseStages(STAGES.map(({ name }) => name));
    expect(everything).to.deep.equal({ stages: STAGES, complete: true });
    expect(everything.stages.at(-1)?.name).to.equal(GATE);
  });
});

describe("stages beside each other", () => {
  it("are those that need no lab, and the idle pair; the end-to-end tests and the requirements run alone, each after what precedes it", () => {
    const groups = groupsOf(chooseStages([]).stages, ({ alone }) => alone === true);
    const names = groups.map((group) => group.map(({ name }) => name));
    expect(names.slice(1)).to.deep.equal([["e2e"], [GATE]]);
    expect(names[0]).to.include.members(["lint", "unit", "contract", "idle"]);
    expect(groupsOf([1, 2, -1, 3, -2, -3], (number) => number < 0)).to.deep.equal([[1, 2], [-1], [3], [-2], [-3]]);
  });

  it("begin with the longest", () => {
    const [group = []] = groupsOf(chooseStages(["types", "shell", "contract"]).stages, ({ alone }) => alone === true);
    expect(longestFirst(group).map(({ name }) => name)).to.deep.equal(["contract", "types", "shell"]);
  });

  it("run as many at a time as asked for, and are reported in their order", async () => {
    const running = new Set<number>();
    let most = 0;
    const results = await abreast([30, 10, 20, 5], 2, async (ms) => {
      running.add(ms);
      most = Math.max(most, running.size);
      await new Promise((resolve) => setTimeout(resolve, ms));
      running.delete(ms);
      return ms * 2;
    });
    expect(results).to.deep.equal([60, 20, 40, 10]);
    expect(most).to.equal(2);
  });
});

describe("a stage that failed", () => {
  const run = (counts: Stage["counts"], ...script: readonly string[]): ReturnType<typeof runStage> =>
    runStage({ name: "stage", sentence: "", seconds: 1, counts, command: ["printf", ...script] }, () => undefined);

  it("is told once more: of mocha's report the failures, with their reasons", async () => {
    const said = "  a suite\n    1) is so\n\n  3 passing (1s)\n  1 failing\n\n  1) a suite\n       is so:\n     no\n";
    const { passed, failed, complaint } = await run("mocha", said);
    expect({ passed, failed }).to.deep.equal({ passed: 3, failed: 1 });
    expect(complaint).to.equal("  1 failing\n\n  1) a suite\n       is so:\n     no");
  });

  it("is told by its last words when no test was counted, and by nothing when all is well", async () => {
    expect(await run("mocha", "no such file\n")).to.deep.equal({ passed: 0, failed: 1, complaint: "no such file" });
    expect(await run("one", "fine\n")).to.deep.equal({ passed: 1, failed: 0, complaint: "" });
    const stage: Stage = { name: "s", sentence: "", seconds: 1, counts: "one", command: ["ls", "/no/such/folder"] };
    expect((await runStage(stage, () => undefined)).complaint).to.contain("/no/such/folder");
  });
});

describe("what a run says last", () => {
  it("a stage that names no failed test is named itself", () => {
    expect(failedLines(["no-such-stage"])).to.deep.equal(["FAILED stage no-such-stage"]);
  });

  it("a report's failed tests lie beside it", () => {
    expect(failuresOf("tests/.report/unit.json")).to.equal("tests/.report/unit.failed.txt");
  });
});
