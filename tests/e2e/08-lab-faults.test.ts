import { once } from "node:events";
import { statfsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { readPairStatus, type PairStatus } from "../../operator/status/pair-status";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { HOST_B } from "../../lab/host/layout";
import { isSwitchedOff } from "../../lab/host/power-switch";
import { labStatus } from "../../lab/host/status";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { labCredentials, labEnvironment, understudy } from "../support/lab-stacks";
import { setSlow } from "../support/slow-services";

const MIB = 1024 * 1024;
const quiet = (): void => undefined;

describe("faults of the lab strike, are seen, and heal", function () {
  this.timeout(180_000);
  let environment: Environment;
  let credentials: Credentials;

  before(async () => {
    environment = labEnvironment();
    credentials = await labCredentials();
  });
  after(() => labHeal(quiet));

  const pairStatus = (): Promise<PairStatus> =>
    readPairStatus(environment, credentials, { "host-a": "primary", "host-b": "standby" });

  const isStreaming = ({ rows }: PairStatus): boolean =>
    rows.some((row) => row.host === "host-b" && row.service === "timescaledb" && row.lagBytes !== null);

  async function expectPair(what: string, holds: (status: PairStatus) => boolean, deadlineMs = 60_000): Promise<void> {
    const { reading, reached } = await pollUntil(pairStatus, holds, { deadlineMs, pauseMs: 250 });
    const wrong = reading.rows.filter((row) => !row.healthy || (row.observedRole ?? "") !== (row.declaredRole ?? ""));
    expect(reached, `${what}: ${wrong.map((row) => `${row.host} ${row.service}: ${row.detail}`).join("; ")}`).to.equal(
      true,
    );
  }

  async function healed(): Promise<void> {
    await labHeal(quiet);
    const { up, faults } = await labStatus();
    expect({ up, faults }).to.deep.equal({ up: true, faults: [] });
    await expectPair("host-a primary, host-b streaming, all healthy", (pair) => pair.good && isStreaming(pair));
  }

  it("engine-frozen: the engine of host-b does not answer while its containers run on", async () => {
    await strikeFault("engine-frozen", "host-b", quiet);
    await strikeFault("engine-frozen", "host-b", quiet);
    const status = await labStatus();
    expect(status.faults.map((one) => [one.host, one.name])).to.deep.equal([["host-b", "engine-frozen"]]);
    expect(status.hosts[1]?.engine.reason).to.contain("no answer");
    const pair = await pairStatus();
    expect(isStreaming(pair), "the standby streams all the same").to.equal(true);
    const unexplained = pair.rows.filter((row) => row.host === "host-b" && !/no answer/.test(row.reason ?? ""));
    expect(unexplained, "every row of the host says that its engine is silent").to.deep.equal([]);
    await healed();
  });

  it("power-loss: host-b falls silent, refuses nothing, and comes back with its services", async () => {
    const client = connect(environment.ports.redis_tls, HOST_B.address);
    await once(client, "connect");
    const heard: string[] = [];
    for (const event of ["end", "error", "close"]) client.on(event, () => heard.push(event));
    await strikeFault("power-loss", "host-b", quiet);
    expect(await isSwitchedOff(HOST_B)).to.equal(true);
    const status = await labStatus();
    expect(status.faults.map((one) => [one.host, one.name])).to.deep.equal([["host-b", "power-loss"]]);
    expect(heard, "an open connection is told nothing").to.deep.equal([]);
    client.destroy();
    const second: string[] = [];
    await strikeFault("power-loss", "host-b", (line) => second.push(line));
    expect(second.join("\n"), "a second time there is nothing to do").to.match(/^host-b power-loss .* is on already$/);
    await healed();
    expect(await isSwitchedOff(HOST_B)).to.equal(false);
  });

  it("power-loss: heals though another process was given the number that its containerd had", async () => {
    await strikeFault("power-loss", "host-b", quiet);
    const pidFile = path.join(HOST_B.execRoot, "containerd/containerd.pid");
    writeFileSync(pidFile, `${process.pid}`);
    await healed();
  });

  it("reboot: host-b shuts down in order and its services come back by themselves", async () => {
    // Containers that take long to stop are waited for.
    await setSlow(["loki", "tempo"], true);
    await strikeFault("reboot", "host-b", quiet);
    expect((await labStatus()).faults).to.deep.equal([]);
    await healed();
    await setSlow(["loki", "tempo"], false);
  });

  it("full-disk: nothing more fits on the disk of host-b, and only there", async () => {
    const free = (folder: string): number => statfsSync(folder).bavail * statfsSync(folder).bsize;
    const machine = free(HOST_B.folder);
    await strikeFault("full-disk", "host-b", quiet);
    const on = (await labStatus()).faults.map((one) => `${one.host} ${one.name}`);
    expect(on).to.include("host-b full-disk");
    expect(free(HOST_B.disk)).to.be.at.most(2 * MIB);
    expect(machine - free(HOST_B.folder)).to.be.below(1024 * MIB);
    await healed();
    expect(free(HOST_B.disk)).to.be.above(1024 * MIB);
  });

  it("cut-hosts: the standby stops streaming while the operator reaches both hosts", async () => {
    await strikeFault("cut-hosts", undefined, quiet);
    const status = await labStatus();
    expect(status.faults.map((one) => [one.name, one.host])).to.deep.equal([["cut-hosts", null]]);
    expect(status.hosts.filter((host) => !host.engine.ok || !host.sshd.ok)).to.deep.equal([]);
    await expectPair("replication ends", (pair) => !isStreaming(pair), 30_000);
    await healed();
  });

  it("refuses a fault it does not know on the command line, with the list, as bad usage", async () => {
    const { code, stderr } = await understudy("lab", "fault", "earthquake", "--host", "host-b");
    expect(code).to.equal(2);
    expect(stderr).to.contain("cut-hosts").and.to.contain("next: understudy lab fault");
  });
});
