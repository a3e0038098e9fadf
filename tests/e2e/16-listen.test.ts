import { expect } from "chai";
import { HOST_A, HOST_B, LAB_HOSTS, type LabHost, OPERATOR_INTERFACE } from "../../lab/host/layout";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { run } from "../../lab/host/run";
import { answeringPorts } from "../support/published-ports";
import { scan } from "../support/scan-ports";
import { labEnvironment } from "../support/lab-stacks";

const SSH = 22;
/** An address that a host gets for a test, and that nothing of its environment file names. */
const FURTHER = "10.91.0.21";

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
