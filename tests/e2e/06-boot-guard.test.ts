import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { readContainers } from "../../drills/hosts/containers";
import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { openRedis, openSql } from "../../drills/hosts/sessions";
import { identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import { viewFrom, type NamedHost } from "../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { labCredentials, labEnvironment } from "../support/lab-stacks";

const WITHIN = { deadlineMs: 60_000, pauseMs: 250 };

describe("boot guard: a former primary asks before it writes", function () {
  this.timeout(300_000);
  let environment: Environment;
  let hostA: NamedHost;
  let hostB: NamedHost;
  let credentials: Credentials;
  let engineA: HostEngine;
  let engineB: HostEngine;

  before(async () => {
    environment = labEnvironment();
    hostA = viewFrom(environment, "host-a").self;
    hostB = viewFrom(environment, "host-b").self;
    credentials = await labCredentials();
    [engineA, engineB] = [connectEngine(hostA), connectEngine(hostB)];
  });
  after(async () => {
    for (const store of STORE_NAMES)
      await engineB.docker
        .getContainer(containerName(store))
        .start()
        .catch(() => undefined);
    engineA.close();
    engineB.close();
  });

  async function roleOf(host: NamedHost, store: StoreName): Promise<string> {
    try {
      if (store === "redis") {
        const session = await openRedis(host, environment, credentials);
        return await identifyRedis(session)
          .then(({ role }) => role)
          .finally(() => session.close());
      }
      const sql = await openSql(host, environment, credentials);
      return await identify(sql)
        .then(({ inRecovery }) => (inRecovery ? "standby" : "primary"))
        .finally(() => sql.end());
    } catch {
      return "silent";
    }
  }

  async function expectRole(host: NamedHost, store: StoreName, role: string): Promise<void> {
    const { reading } = await pollUntil(
      () => roleOf(host, store),
      (one) => one === role,
      WITHIN,
    );
    expect(reading, `${store} on ${host.name}`).to.equal(role);
  }

  for (const store of STORE_NAMES) {
    it(`${store}: a restarted primary is primary again while its standby follows`, async () => {
      await engineA.docker.getContainer(containerName(store)).restart();
      await expectRole(hostA, store, "primary");
      await expectRole(hostB, store, "standby");
    });

    it(`${store}: a restarted primary whose peer is silent is held, says why, and starts when the peer answers`, async () => {
      await engineB.docker.getContainer(containerName(store)).stop();
      await engineA.docker.getContainer(containerName(store)).restart();
      const { reading } = await pollUntil(
        async () => (await readContainers({ host: hostA, engine: engineA }, environment, [store]))[0]?.detail ?? "",
        (detail) => detail.includes("held"),
        WITHIN,
      );
      expect(reading).to.include("held was primary, and host-b does not answer");
      expect(await roleOf(hostA, store)).to.equal("silent");
      await engineB.docker.getContainer(containerName(store)).start();
      await expectRole(hostA, store, "primary");
      await expectRole(hostB, store, "standby");
    });
  }

  it("is healthy on both hosts afterwards, and streams", async () => {
    for (const [host, engine] of [
      [hostA, engineA],
      [hostB, engineB],
    ] as const) {
      const { reading } = await pollUntil(
        () => readContainers({ host, engine }, environment, STORE_NAMES),
        (all) => all.every((one) => one.healthy),
        WITHIN,
      );
      expect(reading.filter((one) => !one.healthy)).to.deep.equal([]);
    }
  });
});
