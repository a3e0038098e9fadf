import { expect } from "chai";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { backendOf } from "../../operator/failover/backend";
import { exportState, importState } from "../../operator/failover/stack-state";
import { tornAttributes } from "../../operator/failover/torn-attributes";
import { pendingOperations, withoutPendingOperations } from "../../evidence/pending-operations";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";

const STATE = "state/.pulumi/stacks/understudy/standby.json";

interface State {
  checkpoint: { latest: { resources: { urn: string }[]; pending_operations?: object[] } };
}

/** The resources of an exported state; the same secret is encrypted anew each time. */
function apartFromSecrets({ deployment }: { deployment: { resources: unknown[] } }): string {
  return JSON.stringify(deployment.resources).replaceAll(/"ciphertext":"[^"]*"/g, "");
}

describe("pending operations, as the real engine keeps and clears them", function () {
  this.timeout(120_000);
  this.slow(60_000);
  toolsOnPath();
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

  it("are not all cleared by an up: creations stay noted", async () => {
    interrupt();
    await stack.pulumi("up", "--yes", "--skip-preview");
    expect(await pending()).to.deep.equal(["creating urn:pulumi:standby::understudy::a::new"]);
  });

  it("are cleared by the state without them, imported, which leaves every resource as it was", async () => {
    interrupt();
    const state = JSON.parse((await stack.pulumi("stack", "export")).out) as { deployment: { resources: unknown[] } };
    const opened = await stack.open("standby");
    const exported = await exportState(opened);
    expect(JSON.stringify(exported)).to.include("ciphertext").and.not.include('"hush"').and.not.include("plaintext");
    await importState(opened, withoutPendingOperations(exported));
    expect(await pending()).to.deep.equal([]);
    const after = JSON.parse((await stack.pulumi("stack", "export")).out) as typeof state;
    expect(apartFromSecrets(after)).to.equal(apartFromSecrets(state));
  });

  for (const passphrase of ["", "another one"]) {
    it(`are read and cleared whatever passphrase this shell has, when the environment names a file: ${JSON.stringify(passphrase)}`, async () => {
      const former = process.env["PULUMI_CONFIG_PASSPHRASE"];
      process.env["PULUMI_CONFIG_PASSPHRASE"] = passphrase;
      try {
        const opened = await stack.open("standby", path.join(folder(), "passphrase"));
        expect((await opened.getAllConfig())["understudy:password"]?.value).to.equal("hush");
        const state = await exportState(opened, "shown");
        expect(JSON.stringify(state)).to.include("hush");
        await importState(opened, withoutPendingOperations(await exportState(opened)));
        expect(JSON.stringify(await exportState(opened, "shown"))).to.include("hush");
      } finally {
        if (former === undefined) delete process.env["PULUMI_CONFIG_PASSPHRASE"];
        else process.env["PULUMI_CONFIG_PASSPHRASE"] = former;
      }
    });
  }

  it("cannot be read while the attributes beside the state are cut off; without that file nothing is missing", async () => {
    const before = (await stack.pulumi("stack", "export")).out;
    const file = path.join(folder(), `${STATE}.attrs`);
    const find = (): readonly string[] =>
      tornAttributes(backendOf(`file://${folder()}/state`, "/"), "understudy", "standby");
    expect(find()).to.deep.equal([]);
    writeFileSync(file, "");
    const { code, all } = await stack.pulumi("stack", "export");
    expect(code).not.to.equal(0);
    expect(all).to.include("failed to load checkpoint");
    expect(find()).to.deep.equal([file]);
    rmSync(file);
    const after = (await stack.pulumi("stack", "export")).out;
    const resources = (text: string): string =>
      apartFromSecrets(JSON.parse(text) as { deployment: { resources: unknown[] } });
    expect(resources(after)).to.equal(resources(before));
  });
});
