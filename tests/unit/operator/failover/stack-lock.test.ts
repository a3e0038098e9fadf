import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { backendOf } from "../../../../operator/failover/backend";
import { holderOf, readStackLocks, runsPulumi, type LockReading } from "../../../../operator/failover/stack-lock";
import { temporaryFolder } from "../../../support/temporary-folder";

const LOCK = { pid: 4711, username: "sam", hostname: "desk", timestamp: "2026-11-23T10:00:00Z" };

describe("the locks of a stack", () => {
  const folder = temporaryFolder();

  function lock(stack: string, content: unknown): void {
    const place = path.join(folder(), ".pulumi/locks/organization/understudy", stack);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "one.json"), JSON.stringify(content));
  }

  const read = (url: string, stack: string, answer = "{}"): Promise<LockReading> =>
    readStackLocks(backendOf(url, folder()), { project: "understudy", stack, ask: () => Promise.resolve(answer) });

  it("are read from a backend of files, of that stack only", async () => {
    const url = `file://${folder()}`;
    expect(await read(url, "standby")).to.deep.equal({ locks: [] });
    lock("primary", LOCK);
    expect(await read(url, "standby")).to.deep.equal({ locks: [] });
    expect(await read(url, "primary")).to.deep.equal({ locks: [LOCK] });
    expect(await read("file://.", "primary"), "relative").to.deep.equal({ locks: [LOCK] });
  });

  it("are the operation that Pulumi Cloud has under way", async () => {
    const currentOperation = { kind: "update", author: "kim", started: "2026-11-30T03:00:00.000Z" };
    const locks = [{ pid: null, username: "kim", hostname: null, timestamp: "2026-11-30T03:00:00.000Z" }];
    expect(await read("https://api.pulumi.com", "primary", JSON.stringify({ currentOperation }))).to.deep.equal({
      locks,
    });
    expect(await read("https://api.pulumi.com", "primary", '{"stack":"primary"}')).to.deep.equal({ locks: [] });
  });

  it("are unknown, with the reason, of an object store, of a broken file and of an answer that is none", async () => {
    expect(await read("s3://bucket?region=eu", "standby")).to.have.property("locks", null);
    expect(JSON.stringify(await read("s3://bucket?region=eu", "standby"))).to.match(/locksUnknown.* s3:\/\/bucket"/);
    lock("broken", { pid: "no" });
    expect(await read(`file://${folder()}`, "broken")).to.have.property("locks", null);
    for (const answer of ["", "[]", '{"currentOperation":{}}'])
      expect(await read("https://api.pulumi.com", "primary", answer), answer).to.have.property("locks", null);
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

  it("elsewhere: of Pulumi Cloud, which tells neither process nor machine", () => {
    const lock = { ...LOCK, pid: null, hostname: null };
    expect(holderOf(lock, { hostname: "desk", runsPulumi: () => true })).to.equal("elsewhere");
  });

  it("does not take any process with the number of a dead pulumi for it, where the kernel tells", () => {
    expect(runsPulumi(process.pid)).to.equal(process.platform !== "linux");
  });
});
