import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "chai";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** Hides the lab's folder from one command, as on a machine that never had a lab. */
const WITHOUT_LAB = `[ ! -d ${LAB_FOLDER} ] || mount -t tmpfs none ${LAB_FOLDER}; exec mocha --dry-run "$@"`;

describe("the end-to-end tests", function () {
  this.timeout(60_000);

  it("are loaded on a machine without a lab: they make it themselves", async () => {
    const files = globSync("tests/e2e/*.test.ts").sort();
    const { stdout } = await promisify(execFile)("unshare", ["--mount", "sh", "-c", WITHOUT_LAB, "sh", ...files]);
    expect(stdout).to.match(/\d+ passing/);
  });
});
