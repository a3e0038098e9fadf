import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { holderOf, readStackLocks, runsPulumi } from "../../../../operator/failover/stack-lock";
import { temporaryFolder } from "../../../support/temporary-folder";

const LOCK = { pid: 4711, username: "sam", hostname: "desk", timestamp: "2026-11-23T10:00:00Z" };

describe("the locks of a stack", () => {
  const folder = temporaryFolder();

  function lock(stack: string, content: unknown): void {
    const place = path.join(folder(), ".pulumi/locks/organization/understudy", stack);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "one.json"), JSON.stringify(content));
  }

  it("are read from a backend of files, of that stack only", () => {
    const backend = `file://${folder()}`;
    expect(readStackLocks(backend, "understudy", "standby")).to.deep.equal([]);
    lock("primary", LOCK);
    expect(readStackLocks(backend, "understudy", "standby")).to.deep.equal([]);
    expect(readStackLocks(backend, "understudy", "primary")).to.deep.equal([LOCK]);
  });

  it("are not known of a backend elsewhere, and not guessed from a broken file", () => {
    expect(readStackLocks("s3://bucket", "understudy", "standby")).to.equal(null);
    lock("broken", { pid: "no" });
    expect(() => readStackLocks(`file://${folder()}`, "understudy", "broken")).to.throw();
  });

  for (const [hostname, alive, holder] of [
    ["desk", true, "at-work"],
    ["desk", false, "gone"],
    ["elsewhere", true, "elsewhere"],
    ["elsewhere", false, "elsewhere"],
  ] as const) {
    it(`${holder}: made on ${hostname}, looked at on desk, where that process ${alive ? "lives" : "does not live"}`, () => {
      expect(holderOf({ ...LOCK, hostname }, { hostname: "desk", runsPulumi: () => alive })).to.equal(holder);
    });
  }

  it("does not take any process with the number of a dead pulumi for it, where the kernel tells", () => {
    expect(runsPulumi(process.pid)).to.equal(process.platform !== "linux");
  });
});
