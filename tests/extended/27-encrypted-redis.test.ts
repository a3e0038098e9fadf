import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { connectRedis, identifyRedis, type RedisIdentity } from "../../drills/hosts/redis";
import { openRedis } from "../../drills/hosts/sessions";
import type { Diagnosis } from "../../operator/doctor/doctor";
import type { Encryption } from "../../settings/encryption";
import { loadEnvironment } from "../../settings/load-environment";
import { containerName } from "../../settings/names";
import { namedHosts, viewFrom, type NamedHost } from "../../settings/pair";
import { forgetCertificates } from "../support/lab-certificates";
import { good, untilWhole } from "../support/lab-pair";
import { declareEnvironment } from "../support/lab-with-backups";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
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

  /** The lab's environment file with another mode. */
  function fileFor(mode: Encryption): string {
    // The last one is wanted when the folder has been removed already.
    mkdirSync(folder(), { recursive: true });
    const file = path.join(folder(), `${mode}.yaml`);
    writeFileSync(file, stringify({ ...(parse(readFileSync(LAB_ENVIRONMENT, "utf8")) as object), encryption: mode }));
    return file;
  }

  async function bringUp(file: string): Promise<void> {
    await declareEnvironment(file);
    good(await understudy("up", "--env-config", file, "--execute"));
  }

  /** What a host's Redis says of itself over an encrypted session of ours. */
  async function identity(host: NamedHost): Promise<RedisIdentity> {
    const session = await openRedis(host, loadEnvironment(fileFor("required")), await labCredentials());
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
    good(await understudy("certificates", "--env-config", LAB_ENVIRONMENT, "--execute"));
  });

  after(async () => {
    // Down as it is meant: servers that take both before those that take plain alone.
    await bringUp(fileFor("accepted"));
    await bringUp(LAB_ENVIRONMENT);
    rmSync(folder(), { recursive: true });
    await forgetCertificates();
    await untilWhole("host-a");
  });

  it("is replaced once to accept encryption, and not again to use and to require it", async () => {
    const plain = await containers();
    await bringUp(fileFor("accepted"));
    await untilWhole("host-a");
    const accepting = await containers();
    expect(accepting).to.not.deep.equal(plain);
    for (const mode of ["used", "required"] as const) {
      await bringUp(fileFor(mode));
      await followsEncrypted("host-b");
      expect(await containers(), mode).to.deep.equal(accepting);
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
    const { stdout } = await understudy("doctor", "--env-config", fileFor("required"), "--output", "json");
    const { findings } = JSON.parse(stdout) as Diagnosis;
    const bad = findings.filter(({ check, state }) => /^(encryption of Redis|ports)/.test(check) && state !== "good");
    expect(bad).to.deep.equal([]);
  });

  it("changes roles there and back, and the demoted primary follows encrypted", async () => {
    for (const [to, from] of [
      ["host-b", "host-a"],
      ["host-a", "host-b"],
    ] as const) {
      good(await understudy("switchover", "--env-config", fileFor("required"), "--to", to, "--execute"));
      await followsEncrypted(from);
    }
  });
});
