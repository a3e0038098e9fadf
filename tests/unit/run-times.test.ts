import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { timeLines, timesOf } from "../run/times";
import { temporaryFolder } from "../support/temporary-folder";

describe("where the time of a run went", () => {
  const folder = temporaryFolder();

  it("is said of the longest first: of the stages, and of the ten longest files of one that ran alone", () => {
    const files = Array.from({ length: 12 }, (_one, at) => [`tests/e2e/${at}.test.ts`, at + 0.4]);
    writeFileSync(timesOf(`${folder()}/e2e.json`), JSON.stringify(Object.fromEntries(files)));
    const done = [
      { name: "lint", seconds: 35 },
      { name: "e2e", seconds: 1500 },
    ];
    const stages = [{ name: "lint" }, { name: "e2e", alone: true as const }, { name: "gate", alone: true as const }];
    expect(timeLines(done, stages, folder())).to.deep.equal([
      "== time: stages: e2e 1500 s, lint 35 s",
      `== time: e2e: ${[11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((one) => `${one} ${one} s`).join(", ")}`,
    ]);
  });
});
