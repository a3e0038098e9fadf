import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { connectRedis, identifyRedis, type RedisIdentity } from "../../drills/hosts/redis";
import { openRedis } from "../../drills/hosts/sessions";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { containerName } from "../../settings/names";
import { namedHosts, viewFrom, type NamedHost } from "../../settings/pair";
import { good, untilWhole } from "../support/lab-pair";
import { declareEnvironment } from "../support/lab-with-backups";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { fileInMode, makeEncrypted, makePlain, upAs } from "../support/plain-lab";
import { temporaryFolder } from "../support/temporary-folder";

const SETTLED = { deadlineMs: 60_000, pauseMs: 1000 };

/** The containers of Redis, by host. */
async function containers(): Promise<readonly string[]> {
  return Promise.all(
    namedHosts(labEnvironment()).map(async (host) => {
      const engine = connectEngine(host);
      try {
        const { Id: id, State: state } = await engine.docker.getContainer(containerName("redis")).inspect();
        return `${host.name} ${id} ${state.StartedAt}`;
      } finally {
        engine.close();
      }
    }),
  );
}

describe("Redis that is encrypted with the pair's certificates, on the lab", function () {
  this.timeout(900_000);
  const folder = temporaryFolder();

  /** What a host's Redis says of itself over an encrypted session of ours. */
  async function identity(host: NamedHost): Promise<RedisIdentity> {
    const session = await openRedis(host, labEnvironment(), await labCredentials());
    try {
      expect(session.tls, `${host.name}: encrypted`).to.equal(true);
      return await identifyRedis(session);
    } finally {
      session.close();
    }
  }

  async function followsEncrypted(standby: string): Promise<void> {
    const { self } = viewFrom(labEnvironment(), standby);
    const { reading } = await pollUntil(
      () => identity(self),
      ({ follows }) => follows?.linkUp === true && follows.port === labEnvironment().ports.redis_tls,
      SETTLED,
    );
    expect(reading.follows).to.deep.include({ port: labEnvironment().ports.redis_tls, linkUp: true });
  }

  before(async () => {
    await untilWhole("host-a");
    await makePlain();
    await untilWhole("host-a");
  });

  after(async () => {
    await makeEncrypted();
    await untilWhole("host-a");
  });

  it("is replaced once to accept encryption, and not again to use and to require it", async () => {
    const plain = await containers();
    const accepted = fileInMode(folder(), "accepted");
    await declareEnvironment(accepted);
    good(await understudy("certificates", "--env-config", accepted, "--execute"));
    await upAs(accepted);
    await untilWhole("host-a");
    const accepting = await containers();
    expect(accepting).to.not.deep.equal(plain);
    for (const file of [fileInMode(folder(), "used"), LAB_ENVIRONMENT]) {
      await upAs(file);
      await followsEncrypted("host-b");
      expect(await containers(), file).to.deep.equal(accepting);
    }
    await untilWhole("host-a");
  });

  it("takes nobody plain on either host, and is good to doctor", async () => {
    const { redis: password } = await labCredentials();
    for (const { address } of namedHosts(labEnvironment())) {
      const plain = connectRedis({ address, port: labEnvironment().ports.redis, password });
      const said = await plain.then(
        (session) => {
          session.close();
          return "let in";
        },
        () => "refused",
      );
      expect(said, address).to.equal("refused");
    }
    const { stdout } = await understudy("doctor", "--env-config", LAB_ENVIRONMENT, "--output", "json");
    const { findings } = JSON.parse(stdout) as Diagnosis;
    const bad = findings.filter(({ check, state }) => /^(encryption of Redis|ports)/.test(check) && state !== "good");
    expect(bad).to.deep.equal([]);
  });

  it("changes roles there and back, and the demoted primary follows encrypted", async () => {
    for (const [to, from] of [
      ["host-b", "host-a"],
      ["host-a", "host-b"],
    ] as const) {
      good(await understudy("switchover", "--env-config", LAB_ENVIRONMENT, "--to", to, "--execute"));
      await followsEncrypted(from);
    }
  });
});
