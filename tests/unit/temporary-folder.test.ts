import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { temporaryFolder } from "../support/temporary-folder";

describe("a temporary folder of tests", () => {
  let file = "";

  describe("while they run", () => {
    const folder = temporaryFolder();
    const another = temporaryFolder();
    after(() => {
      expect(existsSync(file), "in a hook that was said later").to.equal(true);
      expect(existsSync(another())).to.equal(true);
    });

    it("is there, empty, and another one each time", () => {
      file = path.join(folder(), "file");
      writeFileSync(file, "something");
      expect(another()).to.not.equal(folder());
    });
  });

  describe("when they have ended", () => {
    it("is gone", () => {
      expect(file).to.not.equal("");
      expect(existsSync(path.dirname(file))).to.equal(false);
    });
  });
});
