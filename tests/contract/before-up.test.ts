import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { clearWay, previewWithout, readObstacles } from "../../operator/failover/before-up";
import { upStack } from "../../operator/failover/bring-up";
import { executeDrill } from "../../operator/failover/execute-drill";
import type { HostStack } from "../../operator/failover/pair-stacks";
import { askedDrill, readStackConfig } from "../../operator/failover/stack-config";
import { exportState, resourcesOf, type StateResource } from "../../operator/failover/stack-state";
import { plannedDrill } from "../../settings/drill-config";
import { loadEnvironment } from "../../settings/load-environment";
import { namedHosts } from "../../settings/pair";
import { ScratchStack } from "../support/scratch-stack";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";

const ENVIRONMENT = loadEnvironment("configs/deploy/environments/prodlike_multi_host.yaml");

describe("what keeps an up from coming up, through the real engine", function () {
  this.timeout(180_000);
  this.slow(60_000);
  toolsOnPath();
  const folder = temporaryFolder();
  let scratch: ScratchStack;
  let one: HostStack;
  const said: string[] = [];
  const phase = (words: string): void => void said.push(words);

  const services = async (): Promise<readonly StateResource[]> =>
    resourcesOf(await exportState(one.stack)).filter(({ type }) => type.endsWith("test:Service"));
  const created = (image: string): number =>
    readFileSync(scratch.file("log"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith(`create ${image} `)).length;

  before(async () => {
    scratch = new ScratchStack(folder(), { file: "tests/support/drill-beside-services", name: "drillBesideServices" });
    await scratch.must("stack", "init", "standby");
    await scratch.must("config", "set", "--secret", "understudy:password", "hush");
    await scratch.must("config", "set", "understudy:log", scratch.file("log"));
    await scratch.must("config", "set", "understudy:role", "primary");
    await scratch.must("config", "set", "--path", "understudy:services.redis", "redis-1");
    await scratch.must("config", "set", "--path", "understudy:services.loki", "loki-1");
    await scratch.must("up", "--yes", "--skip-preview");
    const host = namedHosts(ENVIRONMENT).find(({ name }) => name === "host-b");
    if (host === undefined) throw new Error("the environment has a host-b");
    one = { host, stack: await scratch.open("standby") };
  });

  it("is nothing where nothing is wrong", async () => {
    expect(await readObstacles(one)).to.deep.equal({ gone: [], failedDrill: undefined });
  });

  it("is what was removed by hand: the state forgets that alone, and the up makes it anew", async () => {
    const gone = (await services()).filter(({ name }) => name === "redis-container");
    const mark = `${scratch.file("log")}.redis-1-is-gone`;
    writeFileSync(mark, "");
    const summary = await previewWithout(one, { gone, failedDrill: undefined }, () => undefined, phase);
    expect(summary["create"]).to.equal(1);
    expect(await services()).to.have.length(3);
    await clearWay(one, { gone, failedDrill: undefined }, phase);
    expect((await services()).map(({ name }) => name)).to.have.members(["loki-container", "last-container"]);
    rmSync(mark);
    await upStack(one, phase);
    expect((await services()).map(({ name }) => name)).to.include("redis-container");
    expect([created("redis-1"), created("loki-1"), created("last")]).to.deep.equal([2, 1, 1]);
    expect(said.join("\n")).to.match(/refresh: host-b no longer has redis-container/);
  });

  it("is a drill that failed and is over: the stack asks for it no longer, and the up succeeds", async () => {
    const drill = plannedDrill("over-1", "execute");
    await executeDrill({ from: one, to: one, drill, environment: ENVIRONMENT, signal: undefined }, {});
    const obstacles = await readObstacles(one);
    expect(obstacles).to.deep.equal({ gone: [], failedDrill: "over-1" });
    await previewWithout(one, obstacles, () => undefined, phase);
    expect(askedDrill(await readStackConfig(one))).to.deep.equal(drill);
    await upStack(one, phase);
    expect(askedDrill(await readStackConfig(one))).to.equal(undefined);
  });
});
