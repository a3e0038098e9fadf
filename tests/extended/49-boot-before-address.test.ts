import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { enginePart } from "../../lab/host/engine";
import { type LabHost, REPLICATION_INTERFACE } from "../../lab/host/layout";
import { labPair } from "../../lab/host/lab-pair";
import { raiseLinks } from "../../lab/host/network";
import { readyPair } from "../../lab/host/pair-care";
import { switchOff } from "../../lab/host/power-switch";
import { run } from "../../lab/host/run";
import { sshdPart } from "../../lab/host/sshd";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { SERVICE_NAMES } from "../../settings/services";
import { untilWhole, type HostName } from "../support/lab-pair";
import { labEnvironment } from "../support/lab-stacks";

const NONLOCAL = "/proc/sys/net/ipv4/ip_nonlocal_bind";

describe("a host that boots before its address is up", function () {
  this.timeout(900_000);
  /** The standby. */
  let host: LabHost;
  let primary: HostName;
  const late = (): readonly string[] => [`${host.replicationAddress}/${host.prefix}`, "dev", REPLICATION_INTERFACE];
  const inNamespace = (words: string): Promise<string> =>
    run("nsenter", [`--net=${host.namespaceFile}`, "sh", "-c", words]);

  /** Names of the services' containers on it that do not run. */
  async function down(): Promise<readonly string[]> {
    const engine = connectEngine(viewFrom(labEnvironment(), host.name).self);
    try {
      const running = (await engine.docker.listContainers()).flatMap(({ Names: names }) => names);
      return SERVICE_NAMES.map(containerName).filter((name) => !running.includes(`/${name}`));
    } finally {
      engine.close();
    }
  }

  /** Loses its power, and boots with its address between the hosts missing. @param setting the kernel's, by then */
  async function bootWithoutAddress(setting: "0" | "1"): Promise<void> {
    await switchOff(host);
    await raiseLinks(host);
    await inNamespace(`echo ${setting} >${NONLOCAL}`);
    await run("ip", ["-n", host.namespace, "address", "del", ...late()]);
    for (const part of [sshdPart(host), enginePart(host)])
      if ((await part.inspect()) !== undefined) await part.repair();
  }

  before(async () => {
    const pair = await readyPair(labPair(labEnvironment()), () => undefined);
    host = pair.standby;
    primary = pair.primary.name;
    await untilWhole(primary);
  });
  after(() => raiseLinks(host));

  it("leaves its containers down without the kernel's setting: the control", async () => {
    await bootWithoutAddress("0");
    const { reading } = await pollUntil(down, (names) => names.length === 0, { deadlineMs: 30_000, pauseMs: 1000 });
    expect(reading).to.have.length.greaterThan(0);
  });

  it("has them all with the setting, and follows again by itself once the address is up", async () => {
    await bootWithoutAddress("1");
    const { reading } = await pollUntil(down, (names) => names.length === 0, { deadlineMs: 90_000, pauseMs: 1000 });
    expect(reading).to.deep.equal([]);
    await run("ip", ["-n", host.namespace, "address", "add", ...late()]);
    await untilWhole(primary);
  });
});
