import { readFileSync } from "node:fs";
import { expect } from "chai";
import { executeDrill } from "../../operator/failover/execute-drill";
import { DRILL_TARGET } from "../../operator/failover/drill-target";
import type { HostStack } from "../../operator/failover/pair-stacks";
import { pendingByPreview } from "../../operator/failover/pending-changes";
import { readStackConfig, withRole, writeStackConfig } from "../../operator/failover/stack-config";
import { exportState, resourcesOf } from "../../operator/failover/stack-state";
import type { StackEvidence } from "../../evidence/stack-output";
import { plannedDrill, type DrillConfig } from "../../settings/drill-config";
import { loadEnvironment } from "../../settings/load-environment";
import { namedHosts } from "../../settings/pair";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";

const ENVIRONMENT = loadEnvironment("configs/deploy/environments/prodlike_multi_host.yaml");
const PENDING = [
  { host: "host-b", resource: "loki-container", change: "delete" },
  { host: "host-b", resource: "redis-container", change: "update" },
  { host: "host-b", resource: "tempo-container", change: "create" },
] as const;

describe("an engine run of a drill, through the real engine, with other changes waiting", function () {
  this.timeout(180_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let scratch: ScratchStack;
  let one: HostStack;

  const done = (): readonly string[] =>
    readFileSync(scratch.file("log"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace(/ \d+$/, ""));
  const services = async (): Promise<readonly string[]> =>
    resourcesOf(await exportState(one.stack))
      .filter(({ type }) => type.endsWith("test:Service"))
      .map(({ name, outputs }) => `${name} ${String(outputs["image"])}`)
      .sort();
  const steps = async (): Promise<number> =>
    resourcesOf(await exportState(one.stack)).filter(({ type }) => type.endsWith("understudy:DrillStep")).length;
  const setServices = async (names: Readonly<Record<string, string>>): Promise<void> => {
    await scratch.pulumi("config", "rm", "understudy:services");
    for (const [name, image] of Object.entries(names))
      await scratch.must("config", "set", "--path", `understudy:services.${name}`, image);
  };
  const evidence = async (): Promise<StackEvidence> =>
    JSON.parse((await scratch.must("stack", "output", "evidence", "--json")).out) as StackEvidence;
  const execute = (drill: DrillConfig): Promise<StackEvidence> =>
    executeDrill({ from: one, to: one, drill, environment: ENVIRONMENT, signal: undefined }, {});

  before(async () => {
    scratch = new ScratchStack(folder(), { file: "tests/support/drill-beside-services", name: "drillBesideServices" });
    await scratch.must("stack", "init", "standby");
    await scratch.must("config", "set", "--secret", "understudy:password", "hush");
    await scratch.must("config", "set", "understudy:log", scratch.file("log"));
    await scratch.must("config", "set", "understudy:role", "standby");
    await setServices({ redis: "one", loki: "one" });
    await scratch.must("up", "--yes", "--skip-preview");
    const host = namedHosts(ENVIRONMENT).find(({ name }) => name === "host-b");
    if (host === undefined) throw new Error("the environment has a host-b");
    one = { host, stack: await scratch.open("standby") };
    await setServices({ redis: "two", tempo: "one" });
    // As when this program is newer than the one that brought the pair up.
    await scratch.must("config", "set", "understudy:files", "true");
  });

  it("is told before what waits: an image changed, a resource added, another removed", async () => {
    const reading = {
      one,
      state: await exportState(one.stack),
      declared: {
        environment: ENVIRONMENT,
        self: one.host,
        credentials: { postgres: "", replication: "", redis: "", grafana: "" },
      },
    };
    const { seen_in: seenIn, changes } = await pendingByPreview([reading], undefined, undefined);
    expect(seenIn).to.equal("preview");
    expect([...changes].sort((a, b) => (a.resource < b.resource ? -1 : 1)).filter(isContainer)).to.deep.equal(PENDING);
  });

  it("runs the steps of a first drill and changes nothing else, what containers would newly need neither; the evidence is the stack's output and says what waits", async () => {
    const drill: DrillConfig = {
      ...plannedDrill("2026_11_29", "execute"),
      pending_changes: { seen_in: "preview", changes: [...PENDING] },
    };
    const { document } = await execute(drill);
    expect(document.drill).to.deep.include({
      id: "2026_11_29",
      pendingChanges: { seenIn: "preview", changes: [...PENDING] },
    });
    expect(document.failedStep).to.equal("precheck");
    expect(await evidence()).to.deep.equal({ ...(await evidence()), document });
    expect(await steps()).to.equal(5);
    expect(done()).to.deep.equal(["create one", "create one", "create last"]);
    expect(await services()).to.deep.equal(["last-container last", "loki-container one", "redis-container one"]);
  });

  it("does so again for the next drill", async () => {
    const { document } = await execute(plannedDrill("1e3", "execute"));
    expect([document.drill.id, document.drill.pendingChanges]).to.deep.equal(["1e3", undefined]);
    expect(done()).to.have.length(3);
  });

  it("has a form of plain Pulumi, whose preview tells of the drill alone", async () => {
    await scratch.must("config", "set", "--path", "understudy:drill.id", "plain-1");
    const { all: preview } = await scratch.pulumi("preview", "--diff", "--target", DRILL_TARGET);
    expect(preview)
      .to.match(/drill-precheck/)
      .and.not.match(/tempo-container|\btwo\b/);
    const { code } = await scratch.pulumi("up", "--yes", "--skip-preview", "--target", DRILL_TARGET);
    expect(code).not.to.equal(0);
    expect((await evidence()).document.drill.id).to.equal("plain-1");
    expect(done()).to.have.length(3);
  });

  it("that lets the other declaration follow takes the old drill away, and changes nothing else", async () => {
    const config = await readStackConfig(one);
    await writeStackConfig(config.file, withRole(config, "standby"));
    await one.stack.up({ target: [DRILL_TARGET] });
    expect(await steps()).to.equal(0);
    expect(done()).to.have.length(3);
    expect(await services()).to.have.length(3);
    await one.stack.up({ target: [DRILL_TARGET] });
  });

  it("waits for the services where it has no targets", async () => {
    await setServices({ redis: "two", tempo: "slow" });
    await scratch.must("config", "set", "understudy:role", "primary");
    await scratch.must("config", "set", "--path", "understudy:drill.id", "plain-2");
    await scratch.must("config", "set", "--path", "understudy:drill.mode", "execute");
    await scratch.pulumi("up", "--yes", "--skip-preview");
    const { document } = await evidence();
    const last = readFileSync(scratch.file("log"), "utf8").trim().split("\n").at(-1) ?? "";
    expect(last).to.match(/^create slow \d+$/);
    expect(Date.parse(document.steps[0]?.startedAt ?? "")).to.be.at.least(Number(last.split(" ").at(-1)));
    expect(await services()).to.include.members(["last-container last", "redis-container two", "tempo-container slow"]);
  });

  it("runs no step where it has no targets and a service does not come up", async () => {
    await setServices({ redis: "two", tempo: "slow", grafana: "fails" });
    await scratch.must("config", "set", "--path", "understudy:drill.id", "plain-3");
    const { code, all } = await scratch.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.to.equal(0);
    expect(all).to.include("no such image").and.not.include("drill plain-3");
    const results = resourcesOf(await exportState(one.stack)).filter(({ type }) => type.endsWith("DrillStep"));
    expect(results.map(({ outputs }) => outputs["drillId"])).to.deep.equal(Array(5).fill("plain-2"));
  });
});

function isContainer({ resource }: { readonly resource: string }): boolean {
  return resource.endsWith("-container");
}
