import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { connectEngine } from "../../drills/hosts/engine";
import type { EvidenceDocument } from "../../evidence/document";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import type { PairStatus } from "../../operator/status/pair-status";
import { containerName, LABELS } from "../../settings/names";
import { namedHosts, viewFrom } from "../../settings/pair";
import { declareAsAtFirst, good, swapTo, untilWhole } from "../support/lab-pair";
import { LAB_ENVIRONMENT, labEnvironment, pulumi, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const STACKS = ["primary", "standby"] as const;

describe("a drill while something else waits for an up", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  /** The lab's environment with one field changed, declared by both stacks; nothing is brought up. */
  async function declare(name: string, place: readonly string[], value: number): Promise<string> {
    const file = `${folder()}/${name}.yaml`;
    const document = parseDocument(readFileSync(LAB_ENVIRONMENT, "utf8"));
    document.setIn(place, value);
    writeFileSync(file, document.toString());
    for (const stack of STACKS) good(await pulumi("-s", stack, "config", "set", "understudy:environment", file));
    return file;
  }

  /** The ids of all containers of the pair. */
  async function containers(): Promise<readonly string[]> {
    const ids = namedHosts(labEnvironment()).map(async (host) => {
      const engine = connectEngine(host);
      try {
        const found = await engine.docker.listContainers({ filters: { label: [`${LABELS.host}=${host.name}`] } });
        return found.map(({ Id }) => `${host.name} ${Id}`);
      } finally {
        engine.close();
      }
    });
    return (await Promise.all(ids)).flat().sort();
  }

  const failover = (environment: string, name: string, ...words: string[]): Promise<Finished> =>
    understudy("failover", "--env-config", environment, "--output-file", `${folder()}/${name}.env`, ...words);
  const pending = (name: string): EvidenceDocument["drill"]["pendingChanges"] =>
    (JSON.parse(readFileSync(`${folder()}/${name}.json`, "utf8")) as EvidenceDocument).drill.pendingChanges;

  before(() => untilWhole("host-a"));
  after(async () => {
    for (const stack of STACKS) await pulumi("-s", stack, "config", "set", "understudy:environment", LAB_ENVIRONMENT);
    await declareAsAtFirst();
  });

  it("names it in the dry run, leaves it alone in the switchover, and both say so in the evidence", async () => {
    const { memory_mib: memory } = labEnvironment().services.loki;
    const file = await declare("memory", ["services", "loki", "memory_mib"], memory + 1);
    const before = await containers();
    expect(good(await failover(file, "dry")).stdout).to.match(/pending {3}left alone: .*loki-container of host-[ab]/);
    expect(pending("dry")?.seenIn).to.equal("preview");
    good(await failover(file, "there", "--execute", "--to", "host-b"));
    expect(
      pending("there")
        ?.changes.map(({ host, resource }) => `${host} ${resource}`)
        .sort(),
    ).to.deep.equal([...["host-a loki-container", "host-b loki-container"]]);
    expect(await containers()).to.deep.equal(before);
  });

  it("refuses a port that was changed, with the way back", async () => {
    const file = await declare("port", ["ports", "grafana"], 3999);
    const run = await failover(file, "port", "--execute");
    expect(run.code, run.stdout + run.stderr).to.equal(3);
    expect(run.stderr)
      .to.match(/ports\.grafana was \d+ and is 3999/)
      .and.include("former values");
  });

  it("goes back, with the declaration as it was", async () => {
    for (const stack of STACKS) await pulumi("-s", stack, "config", "set", "understudy:environment", LAB_ENVIRONMENT);
    await swapTo("host-a", `${folder()}/back.env`);
    await untilAllWell();
  });

  it("up brings a container back that was removed by hand, as status advises", async () => {
    const engine = connectEngine(viewFrom(labEnvironment(), "host-b").self);
    try {
      await engine.docker.getContainer(containerName("grafana")).remove({ force: true });
    } finally {
      engine.close();
    }
    const status = await understudy("status", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    const { rows } = JSON.parse(status.stdout) as PairStatus;
    const row = rows.find(({ host, service }) => host === "host-b" && service === "grafana");
    expect(row?.next).to.equal("understudy up");
    const words = ["up", "--env-config", LAB_ENVIRONMENT, "--output", "json"];
    const dry = JSON.parse(good(await understudy(...words)).stdout) as LifecycleOutcome;
    expect(dry.stacks.find(({ host }) => host === "host-b")?.changes["create"]).to.equal(1);
    good(await understudy(...words, "--execute"));
    await untilAllWell();
  });
});
