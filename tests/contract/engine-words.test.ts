import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { backendOf } from "../../operator/failover/backend";
import { saysLocked, saysUnreadable } from "../../operator/failover/engine-words";
import { firstComplaint } from "../../operator/failover/pair-stacks";
import { readStackLocks } from "../../operator/failover/stack-lock";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";

/** The engine that the tool chain pins says what `operator/failover/engine-words.ts` takes it to say. */
describe("what is read of the words of the real engine", function () {
  this.timeout(120_000);
  this.slow(30_000);
  const folder = temporaryFolder();
  let stack: ScratchStack;

  before(async () => {
    stack = new ScratchStack(folder(), { file: "tests/support/drill-without-hosts", name: "drillWithoutHosts" });
    const { code, all } = await stack.pulumi("stack", "init", "standby");
    expect(code, all).to.equal(0);
  });

  it("is that a stack is locked, and nothing else", async () => {
    const backend = backendOf(`file://${path.join(folder(), "state")}`, "/");
    const locks = path.join(folder(), "state/.pulumi/locks/organization/understudy/standby");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 1, username: "sam", hostname: hostname(), timestamp: "2026-11-30T03:00:00Z" };
    writeFileSync(path.join(locks, "d9b4f2a0.json"), JSON.stringify(lock));
    const read = await readStackLocks(backend, {
      project: "understudy",
      stack: "standby",
      ask: () => Promise.reject(new Error("nobody is asked")),
    });
    expect(read, "where the engine looks, too").to.deep.equal({ locks: [lock] });
    const { code, all } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).to.not.equal(0);
    const complaint = firstComplaint(new Error(all));
    expect([saysLocked(complaint), saysUnreadable(complaint)], complaint).to.deep.equal([true, false]);
    expect(complaint).to.include(`It was created by sam@${hostname()} (pid 1) at 2026-11-30T03:00:00Z`);
    expect((await stack.pulumi("cancel", "--yes")).code).to.equal(0);
  });

  it("is that a state cannot be read, and nothing else", async () => {
    writeFileSync(path.join(folder(), "state/.pulumi/stacks/understudy/standby.json"), "{ cut off");
    const { code, all } = await stack.pulumi("stack", "select", "standby");
    const { code: exported, all: said } = code === 0 ? await stack.pulumi("stack", "export") : { code, all };
    expect(exported).to.not.equal(0);
    const complaint = firstComplaint(new Error(said));
    expect([saysUnreadable(complaint), saysLocked(complaint)], complaint).to.deep.equal([true, false]);
  });

  it("is neither of a stack that is not there", async () => {
    const { code, all } = await stack.pulumi("stack", "select", "nobody");
    expect(code).to.not.equal(0);
    const complaint = firstComplaint(new Error(all));
    expect([saysUnreadable(complaint), saysLocked(complaint)], complaint).to.deep.equal([false, false]);
  });
});
