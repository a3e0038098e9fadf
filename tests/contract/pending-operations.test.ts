import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pendingOperations } from "../../drills/pending-operations";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";

const STATE = "state/.pulumi/stacks/understudy/standby.json";

interface State {
  checkpoint: { latest: { resources: { urn: string }[]; pending_operations?: object[] } };
}

describe("pending operations, as the real engine keeps and clears them", function () {
  this.timeout(120_000);
  this.slow(60_000);
  const folder = temporaryFolder();
  let stack: ScratchStack;

  const pending = async (): Promise<string[]> =>
    pendingOperations((await stack.pulumi("stack", "export")).out).map(({ urn, type }) => `${type} ${urn}`);

  /** What a killed engine leaves behind. */
  function interrupt(): void {
    const file = path.join(folder(), STATE);
    const state = JSON.parse(readFileSync(file, "utf8")) as State;
    const { latest } = state.checkpoint;
    const step = (name: string) => latest.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    latest.pending_operations = [
      { resource: { ...step("drill-verify"), urn: "urn:pulumi:standby::understudy::a::new" }, type: "creating" },
      { resource: step("drill-precheck"), type: "updating" },
    ];
    writeFileSync(file, JSON.stringify(state));
  }

  before(async () => {
    stack = new ScratchStack(folder(), { file: "tests/support/drill-without-hosts", name: "drillWithoutHosts" });
    for (const words of [
      ["stack", "init", "standby"],
      ["config", "set", "--secret", "understudy:password", "hush"],
      ["config", "set", "understudy:drillId", "d-1"],
    ]) {
      const { code, all } = await stack.pulumi(...words);
      expect(code, all).to.equal(0);
    }
    await stack.pulumi("up", "--yes", "--skip-preview");
  });

  it("are none after an up that ended, although its drill failed", async () => {
    expect(await pending()).to.deep.equal([]);
  });

  it("are in the export, creations and updates by their URNs", async () => {
    interrupt();
    expect(await pending()).to.deep.equal([
      "creating urn:pulumi:standby::understudy::a::new",
      "updating urn:pulumi:standby::understudy::understudy:index:Drill$pulumi-nodejs:dynamic/understudy:DrillStep::drill-precheck",
    ]);
  });

  it("are cleared by the commands that are named: up settles all but the creations, refresh clears those", async () => {
    interrupt();
    await stack.pulumi("up", "--yes", "--skip-preview");
    expect(await pending()).to.deep.equal(["creating urn:pulumi:standby::understudy::a::new"]);
    await stack.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
    expect(await pending()).to.deep.equal([]);
  });
});
