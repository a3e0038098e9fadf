import { createServer, type AddressInfo, type Server } from "node:net";
import { expect } from "chai";
import {
  bootFinding,
  listenFindings,
  loopbackFindings,
  openFinding,
  type OpenPort,
} from "../../../../operator/doctor/listen-findings";
import { reachFinding, reachFindings, type Seen } from "../../../../operator/doctor/reach-findings";
import { LABELS } from "../../../../settings/names";
import { sampleEnvironment } from "../../components/sample";
import { addressesSaid, FakeHost, fakeNamedHost } from "../../../support/fake-host";
import { temporaryFolder } from "../../../support/temporary-folder";

const at = (address: string, ...ports: number[]): OpenPort[] => ports.map((port) => ({ address, port }));
const listening = (...addresses: string[]) => ({ addresses, label: addresses.join(" ") });

describe("doctor: who may reach the ports", () => {
  const plain = { name: "host-a" };

  it("is everybody where they are on every address, and that is a problem unless it is written so", () => {
    for (const address of ["0.0.0.0", "::"]) {
      const finding = openFinding(plain, [...at(address, 6379, 5432), ...at("127.0.0.1", 5432)]);
      expect(finding).to.include({ state: "problem", check: "open to" });
      expect(finding.detail).to.match(
        /^everybody whom no firewall stops; ufw .* on every address of host-a: 5432, 6379$/,
      );
      expect(finding.fix).to.match(/^understudy up --execute/);
    }
    const written = openFinding({ ...plain, listen: ["0.0.0.0"] }, at("0.0.0.0", 5432));
    expect(written).to.include({ state: "good" });
    expect(written.detail).to.match(/^everybody .* as hosts\.host-a\.listen says: 5432$/);
  });

  it("is everybody at a public address, private networks, the host alone, or nobody, and it is said which", () => {
    const detail = (ports: readonly OpenPort[]): string => openFinding(plain, ports).detail;
    expect(detail([...at("8.8.8.8", 5432), ...at("10.0.0.1", 5432)])).to.match(/^everybody .*, at 8\.8\.8\.8: 5432$/);
    expect(detail(at("10.0.0.1", 5432))).to.equal("private networks alone, and no public address");
    expect(detail(at("127.0.0.1", 5432))).to.equal("this host alone");
    expect(detail([])).to.equal("nobody: no container of ours runs");
  });

  it("is the neighbours too, before Docker 28, where ports listen on loopback; a problem where on nothing else", () => {
    const alone = listening("127.0.0.1");
    const [finding] = loopbackFindings("host-a", alone, "27.5.1");
    expect(finding).to.include({ state: "problem" });
    expect(finding?.detail).to.match(/Docker 27\.5\.1.*neighbours on the same network/);
    expect(finding?.fix).to.match(/upgrade Docker on host-a.*127\.0\.0\.0\/8/);
    expect(loopbackFindings("host-a", listening("10.0.0.1", "127.0.0.1"), "20.10.24+dfsg1")).to.have.nested.property(
      "[0].state",
      "good",
    );
    const [closed] = loopbackFindings("host-a", listening("10.0.0.1"), "20.10.24", { closed: true });
    expect(closed, "where what speaks HTTP listens nowhere else").to.include({ state: "problem" });
    const [mended] = loopbackFindings("host-a", alone, "20.10.24", { closed: true, dropped: true });
    expect(mended, "once the command that it names was entered").to.include({ state: "good" });
    expect(mended?.detail).to.match(/Docker 20\.10\.24.*a rule of host-a drops/);
    expect(loopbackFindings("host-a", listening("10.0.0.1"), "28.0.0", { closed: true })).to.deep.equal([]);
    expect(loopbackFindings("host-a", alone, "28.0.0")).to.deep.equal([]);
    expect(loopbackFindings("host-a", listening("10.0.0.1"), "20.10.24")).to.deep.equal([]);
  });
});

describe("doctor: a boot before the addresses are up", () => {
  const facts = (ipv4: boolean | null, ipv6: boolean | null) => ({ own: [], names: {}, bindsAbsent: { ipv4, ipv6 } });

  it("is survived with the kernel's setting, of each family that is listened on", () => {
    const both = listening("10.0.0.1", "2001:db8::1", "127.0.0.1");
    expect(bootFinding("host-a", both, facts(true, true)).state).to.equal("good");
    const [none, six] = [
      bootFinding("host-a", both, facts(false, false)),
      bootFinding("host-a", both, facts(true, false)),
    ];
    expect(none.detail).to.match(/net\.ipv4\.ip_nonlocal_bind and net\.ipv6\.ip_nonlocal_bind/);
    expect(none.fix).to.match(/^on host-a, as root: .*net\.ipv4\.ip_nonlocal_bind .*sysctl --load/);
    expect([six.state, six.detail.includes("ipv4")]).to.deep.equal(["problem", false]);
  });

  it("needs nothing where ports listen on loopback or on every address", () => {
    for (const one of [listening("127.0.0.1", "::1"), listening("0.0.0.0", "::")])
      expect(bootFinding("host-a", one, facts(false, false)).state).to.equal("good");
  });
});

describe("doctor: what is reached from where", () => {
  const seen: readonly Seen[] = [
    { from: "here", address: "198.51.100.1", open: [5432, 6379] },
    { from: "host-b", address: "203.0.113.1", open: [5432] },
    { from: "host-a", address: "127.0.0.1", open: [] },
    { from: "host-a", address: "192.0.2.9", open: [] },
  ];

  it("is told of each place", () => {
    expect(reachFinding("host-a", 11, seen, ["192.0.2.9"])).to.include({
      state: "good",
      detail:
        "of 11 ports answer from here 2 at 198.51.100.1; from host-b 1 at 203.0.113.1; from itself 0 at 127.0.0.1",
    });
  });

  it("is a problem where a port that is for the host alone answers from elsewhere", () => {
    const own = seen.map((one) => (one.address === "127.0.0.1" ? { ...one, open: [9090] } : one));
    expect(reachFinding("host-a", 11, own, ["192.0.2.9"], [9090])).to.include({ state: "good" });
    const open = own.map((one) => (one.from === "host-b" ? { ...one, open: [5432, 9090] } : one));
    const finding = reachFinding("host-a", 11, open, ["192.0.2.9"], [9090]);
    expect(finding).to.include({ state: "problem" });
    expect(finding.detail).to.equal("for host-a alone, and answering: 9090 from host-b at 203.0.113.1");
  });

  it("is a problem where a port answers on an address that nothing of ours listens on", () => {
    const stray = seen.map((one) => (one.address === "192.0.2.9" ? { ...one, open: [3000] } : one));
    const finding = reachFinding("host-a", 11, stray, ["192.0.2.9"]);
    expect(finding).to.include({ state: "problem" });
    expect(finding.detail).to.match(/^192\.0\.2\.9 answers at 3000, where no container of ours listens$/);
    expect(finding.fix).to.match(/ss -ltnp/);
  });
});

describe("doctor: a host that is asked over SSH", () => {
  const folder = temporaryFolder();
  let fake: FakeHost;
  let server: Server;

  beforeEach(async () => {
    fake = new FakeHost(folder());
    await fake.start();
    server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
  });

  afterEach(() => {
    fake.stop();
    server.close();
  });

  it("has what it listens on, how it boots, who reaches it and what loopback is worth, each as a finding", async () => {
    fake.version = "20.10.24";
    fake.says(addressesSaid(["127.0.0.1", "198.51.100.1", "203.0.113.1"]));
    fake.containers = [{ name: "understudy-redis", labels: {}, ports: [{ IP: "0.0.0.0", PublicPort: 6379 }] }];
    const findings = await listenFindings(fakeNamedHost());
    expect(findings.map(({ check, state }) => `${check} ${state}`)).to.deep.equal([
      "listen good",
      "boot problem",
      "open to problem",
      "loopback good",
    ]);
  });

  it("has a problem by the field where it lacks an address, and is unknown where it does not answer", async () => {
    fake.says(addressesSaid(["127.0.0.1", "203.0.113.1"]));
    const [listen] = await listenFindings(fakeNamedHost());
    expect(listen).to.include({ state: "problem" });
    expect(listen?.detail).to.match(/^hosts\.host-a\.address: 198\.51\.100\.1 is no address of host-a/);
    fake.says(undefined);
    expect(await listenFindings(fakeNamedHost())).to.have.nested.property("[0].state", "unknown");
    expect(await reachFindings(fakeNamedHost(), undefined, sampleEnvironment(1))).to.have.nested.property(
      "[0].state",
      "unknown",
    );
  });

  it("is knocked at from here, at the addresses that its containers were made with", async () => {
    const { port } = server.address() as AddressInfo;
    const environment = sampleEnvironment(1, { ports: { ...sampleEnvironment(1).ports, redis: port } });
    const labels = { [LABELS.listen]: "127.0.0.1" };
    fake.containers = [{ name: "understudy-redis", labels }];
    fake.says(addressesSaid(["127.0.0.1"]));
    // The same answer to every script: it is no answer to one that knocks.
    const [finding] = await reachFindings(fakeNamedHost({ address: "127.0.0.1" }), undefined, environment);
    expect(finding).to.include({ state: "unknown", check: "reach" });
  });
});
