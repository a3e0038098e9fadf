import path from "node:path";
import { expect } from "chai";
import { connectEngine } from "../../drills/hosts/engine";
import type { RotationOutcome } from "../../operator/rotate/rotate";
import { containerName } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { good } from "../support/lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const ENV = ["--env-config", LAB_ENVIRONMENT];

describe("the exchange of Grafana's password and of Redis', on the lab", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const rotate = async (...words: readonly string[]): Promise<RotationOutcome> =>
    JSON.parse(good(await understudy("rotate", ...words, ...ENV, "--output", "json")).stdout) as RotationOutcome;
  const grafanaContainers = (): Promise<readonly string[]> =>
    Promise.all(
      namedHosts(labEnvironment()).map(async (host) => {
        const engine = connectEngine(host);
        const { Id: id } = await engine.docker.getContainer(containerName("grafana")).inspect();
        engine.close();
        return id;
      }),
    );

  it("gives Grafana another password on both hosts, and replaces no container", async () => {
    const before = (await labCredentials()).grafana;
    const containers = await grafanaContainers();
    const outcome = await rotate("grafana", "--execute", "--output-file", path.join(folder(), "grafana.json"));
    expect(outcome).to.include({ failure: null, next: null });
    expect(outcome.after.map(({ files, grafana }) => [files, grafana])).to.deep.equal([
      ["new", "new"],
      ["new", "new"],
    ]);
    expect((await labCredentials()).grafana).to.not.equal(before);
    expect(await grafanaContainers()).to.deep.equal(containers);
  });

  it("says of the backups that there are none", async () => {
    const { code, stderr } = await understudy("rotate", "backup", ...ENV);
    expect(code, stderr).to.equal(2);
    expect(stderr).to.include("nothing is backed up");
  });

  it("keeps the former password of clients of Redis until it is dropped", async () => {
    const before = (await labCredentials()).redis;
    const first = await rotate("redis", "--execute", "--output-file", path.join(folder(), "redis.json"));
    expect(first.after.map(({ redis }) => redis)).to.deep.equal(["both", "both"]);
    expect(first.next).to.include("--drop-old");
    const second = await rotate("redis", "--drop-old", "--execute", "--output-file", path.join(folder(), "drop.json"));
    expect(second.after.map(({ files, redis }) => [files, redis])).to.deep.equal([
      ["new", "new"],
      ["new", "new"],
    ]);
    expect((await labCredentials()).redis).to.not.equal(before);
  });
});
