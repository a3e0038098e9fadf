import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, globSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { understudyProgram } from "../../cli/program";
import { KEPT_FOLDER } from "../../evidence/keep-evidence";
import { defaultReportFile } from "../../drills/rejoin/record-rejoin";
import { REPORT_FOLDER } from "../run/stages";
import { ACCEPTANCE_FOLDER } from "../support/kept-evidence";
import { temporaryFolder } from "../support/temporary-folder";

/** Every file and folder that a verb writes to, or reads, unless it is told otherwise. */
function defaultPlaces(command: Command): readonly string[] {
  const own = command.options
    .filter(({ long }) => /-(file|dir)$/.test(long ?? ""))
    .flatMap(({ defaultValue }) => (typeof defaultValue === "string" ? [defaultValue] : []));
  return [...own, ...command.commands.flatMap(defaultPlaces)];
}

describe("what runs leave is ignored by git", () => {
  const folder = temporaryFolder();
  const isIgnored = (file: string): boolean =>
    spawnSync("git", ["check-ignore", "--quiet", file], { cwd: folder() }).status === 0;

  before(() => {
    execFileSync("git", ["init", "--quiet"], { cwd: folder() });
    copyFileSync(".gitignore", path.join(folder(), ".gitignore"));
  });

  it("every place that a verb writes to by itself", () => {
    const places = defaultPlaces(understudyProgram()).filter((place) => place.startsWith("docs/results"));
    expect(places).to.include.members(["docs/results/failover_result.env", "docs/results"]);
    for (const place of places)
      expect(isIgnored(path.extname(place) === "" ? `${place}/x` : place), place).to.equal(true);
  });

  it("every drill's own copy, a return's evidence, and what the tests leave", () => {
    for (const file of [
      `docs/results/${KEPT_FOLDER}/x.env`,
      defaultReportFile("host-a", new Date(0)),
      `${ACCEPTANCE_FOLDER}/x.env`,
      `${REPORT_FOLDER}/unit.json`,
      "docs/results/test_report.json",
      "docs/results/requirements_verdict.json",
      `docs/results/recorded/${KEPT_FOLDER}/x.env`,
    ])
      expect(isIgnored(file), file).to.equal(true);
  });

  it("but not the recorded set", () => {
    const recorded = globSync("docs/results/recorded/*.*");
    expect(recorded).not.to.deep.equal([]);
    for (const file of recorded) expect(isIgnored(file), file).to.equal(false);
  });

  it("of the results git tracks the recorded set alone", () => {
    if (!existsSync(".git")) return;
    const words = ["-c", "safe.directory=*", "ls-files", "docs/results"];
    const tracked = execFileSync("git", words, { encoding: "utf8" }).trim().split("\n");
    expect(tracked.filter((file) => !file.startsWith("docs/results/recorded/"))).to.deep.equal([]);
  });
});
