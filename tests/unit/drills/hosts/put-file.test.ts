import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { tarOf } from "../../../../drills/hosts/put-file";
import { temporaryFolder } from "../../../support/temporary-folder";

describe("the archive that carries a file into a container", () => {
  const folder = temporaryFolder();

  for (const content of ["", "one line\n", "x".repeat(512), "y".repeat(513)]) {
    it(`is unpacked by tar as it was, ${content.length} bytes`, () => {
      writeFileSync(`${folder()}/a.tar`, tarOf("fenced", Buffer.from(content), 1_795_489_200));
      execFileSync("tar", ["-xf", "a.tar", "-C", folder()], { cwd: folder() });
      expect(readFileSync(`${folder()}/fenced`, "utf8")).to.equal(content);
      const listed = execFileSync("tar", ["-tvf", "a.tar"], {
        cwd: folder(),
        env: { TZ: "UTC", PATH: process.env["PATH"] },
      });
      expect(listed.toString()).to.match(/^-rw-r--r-- 0\/0 +\d+ 2026-11-24 \d\d:\d\d fenced\n$/);
    });
  }

  it("refuses a name that has no room", () => {
    expect(() => tarOf("n".repeat(101), Buffer.alloc(0), 0)).to.throw(RangeError);
  });
});
