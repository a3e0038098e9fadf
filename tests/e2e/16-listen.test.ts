import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { enginePart } from "../../lab/host/engine";
import {
  HOST_A,
  HOST_B,
  LAB_HOSTS,
  type LabHost,
  OPERATOR_INTERFACE,
  REPLICATION_INTERFACE,
} from "../../lab/host/layout";
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
import { answeringPorts } from "../support/published-ports";
import { scan } from "../support/scan-ports";
import { labEnvironment } from "../support/lab-stacks";

const SSH = 22;
/** An address that a host gets for a test, and that nothing of its environment file names. */
const FURTHER = "10.91.0.21";
const NONLOCAL = "/proc/sys/net/ipv4/ip_nonlocal_bind";

/** Local addresses of every socket of a namespace on one of these ports, as the kernel writes them. */
async function boundTo(host: LabHost, ports: readonly number[]): Promise<readonly string[]> {
  const files = ["tcp", "tcp6", "udp", "udp6"].map((name) => `/proc/net/${name}`);
  const table = await run("nsenter", [`--net=${host.namespaceFile}`, "cat", ...files]);
  return table.split("\n").flatMap((line) => {
    const [, address = "", port = ""] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) /.exec(line) ?? [];
    return ports.includes(Number.parseInt(port, 16)) ? [address] : [];
  });
}

describe("what is published, and where", function () {
  this.timeout(600_000);
  let named: readonly number[];

  before(async () => {
    named = answeringPorts(labEnvironment(), "clients", "peer", "host");
    await readyPair(labPair(labEnvironment()), () => undefined);
  });

  // A scan takes half a minute: each is of one host. Extended 28-front scans host-b.
  it("of host-a: a scan from your machine and from host-b finds the named ports on the named addresses", async () => {
    const forClients = answeringPorts(labEnvironment(), "clients");
    expect(await scan(HOST_A.address)).to.deep.equal([SSH, ...forClients]);
    const forPeer = answeringPorts(labEnvironment(), "clients", "peer");
    expect(forPeer, "the front is the peer's").to.have.length(forClients.length + 1);
    expect(await scan(HOST_A.replicationAddress, HOST_B)).to.deep.equal([SSH, ...forPeer]);
  });

  it("of host-b: on another address of it nothing listens", async () => {
    const [ip, at] = [
      ["-n", HOST_B.namespace, "address"],
      [`${FURTHER}/${HOST_B.prefix}`, "dev", OPERATOR_INTERFACE],
    ];
    await run("ip", [...ip, "add", ...at]);
    try {
      expect(await scan(FURTHER)).to.deep.equal([]);
    } finally {
      await run("ip", [...ip, "del", ...at]);
    }
  });

  for (const host of LAB_HOSTS) {
    it(`of ${host.name}: nothing listens on every address at once`, async () => {
      const bound = await boundTo(host, named);
      expect(bound, "the control: sockets are seen").to.have.length.greaterThan(named.length);
      expect(bound.filter((address) => /^0+$/.test(address))).to.deep.equal([]);
    });
  }
});

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
