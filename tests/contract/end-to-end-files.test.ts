import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "chai";
import { withoutLab } from "../run/without-lab";

describe("the end-to-end tests", function () {
  this.timeout(60_000);

  it("are loaded on a machine without a lab: they make it themselves", async () => {
    const files = globSync("tests/{e2e,idle}/*.test.ts").sort();
    const [program, ...words] = withoutLab("mocha", "--dry-run", ...files);
    const { stdout } = await promisify(execFile)(program, words);
    expect(stdout).to.match(/\d+ passing/);
  });
});
