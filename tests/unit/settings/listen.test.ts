import { expect } from "chai";
import { canonicalAddress, covers, hostPort, isLoopback, isPublic } from "../../../settings/address";
import { environmentSchema, type Environment } from "../../../settings/environment";
import {
  addressesForPeer,
  addressesIn,
  listenEntries,
  listeningOf,
  listenProblems,
  listenRefusal,
  resolvedIn,
  usableAddresses,
} from "../../../settings/listen";
import { namedHosts, type NamedHost } from "../../../settings/pair";
import { sampleEnvironment } from "../components/sample";

function environmentWith(fields: Record<string, unknown>): Environment {
  const plain = sampleEnvironment(2);
  return environmentSchema.parse({
    ...plain,
    hosts: { ...plain.hosts, "host-a": { ...plain.hosts["host-a"], ...fields } },
  });
}

function hostWith(fields: Record<string, unknown>): NamedHost {
  const [host] = namedHosts(environmentWith(fields));
  if (host === undefined) throw new Error("the sample has a host");
  return host;
}

const OWN = ["127.0.0.1", "::1", "198.51.100.1", "203.0.113.1", "2001:db8::1"];

describe("addresses", () => {
  it("are written in one way, and with a port as a URL has them", () => {
    expect(canonicalAddress("2001:DB8:0:0::01")).to.equal("2001:db8::1");
    expect(canonicalAddress("10.0.0.1")).to.equal("10.0.0.1");
    for (const none of ["a.example", "10.0.0", "[::1]", "fe80::1%eth0", ""]) {
      expect(canonicalAddress(none), none).to.equal(undefined);
    }
    expect(hostPort("2001:db8::1", 80)).to.equal("[2001:db8::1]:80");
    expect(hostPort("a.example", 80)).to.equal("a.example:80");
  });

  it("are loopback, public, or a private network's", () => {
    expect(["127.0.0.1", "127.0.1.1", "::1", "10.0.0.1"].map(isLoopback)).to.deep.equal([true, true, true, false]);
    for (const one of ["10.0.0.1", "172.16.0.1", "192.168.40.11", "100.64.0.1", "127.0.0.1", "fd00::1", "0.0.0.0"]) {
      expect(isPublic(one), one).to.equal(false);
    }
    for (const one of ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"])
      expect(isPublic(one), one).to.equal(true);
  });

  it("are covered by themselves and by every address of their family", () => {
    expect(covers(["0.0.0.0"], "10.0.0.1")).to.equal(true);
    expect(covers(["0.0.0.0"], "2001:db8::1")).to.equal(false);
    expect(covers(["::"], "2001:db8::1")).to.equal(true);
  });
});

describe("the field listen", () => {
  it("is both addresses and loopback unless it says otherwise, each once, and never every address", () => {
    expect(listeningOf(listenEntries(hostWith({})), {})).to.deep.equal({
      addresses: ["198.51.100.1", "203.0.113.1", "127.0.0.1"],
      label: "198.51.100.1 203.0.113.1 127.0.0.1",
    });
    const one = hostWith({ address: "203.0.113.1" });
    expect(listeningOf(listenEntries(one), {}).addresses).to.deep.equal(["203.0.113.1", "127.0.0.1"]);
  });

  it("is exactly what it says, IPv6 in one way of writing it, and 0.0.0.0 where that is written", () => {
    const some = hostWith({ listen: ["203.0.113.1", "2001:DB8::01"] });
    expect(listeningOf(listenEntries(some), {}).addresses).to.deep.equal(["203.0.113.1", "2001:db8::1"]);
    expect(hostWith({ listen: ["0.0.0.0", "::"] }).listen).to.deep.equal(["0.0.0.0", "::"]);
  });

  const refused: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ["a name", { listen: ["a.example"] }, /an IP address of this host.*of a name, its addresses/],
    ["an address with a zone", { listen: ["fe80::1%eth0"] }, /an IP address of this host/],
    ["an address of one link", { listen: ["fe80::1"] }, /an IP address of this host/],
    ["IPv4 in the clothes of IPv6", { listen: ["::ffff:10.0.0.1"] }, /an IP address of this host/],
    ["nothing", { listen: [] }, /Too small/],
    ["an address twice, however written", { listen: ["2001:db8::1", "2001:DB8::1"] }, /each address once/],
    ["every address and one of them", { listen: ["0.0.0.0", "10.0.0.1"] }, /0\.0\.0\.0 alone/],
  ];
  for (const [what, fields, words] of refused) {
    it(`refuses ${what}`, () => expect(() => environmentWith(fields)).to.throw(words));
  }

  it("has neighbours that take no brackets, zone or port, and IPv6 only where clients come from", () => {
    for (const address of ["[2001:db8::1]", "a.example:5432", "fe80::1%eth0", "a b", "a;b", ""]) {
      expect(() => environmentWith({ address }), address).to.throw(/without brackets, zone or port/);
    }
    for (const address of ["2001:db8::1", "a.example", "host_a", "10.0.0.1"]) environmentWith({ address });
    expect(() => environmentWith({ replication_address: "2001:db8::1" })).to.throw(/an IPv4 address.*which is IPv4/);
  });
});

describe("names among what a host listens on", () => {
  const named = hostWith({ address: "a.example" });

  it("are kept on a label with what they were, and read back from it", () => {
    const listening = listeningOf(listenEntries(named), { "a.example": ["198.51.100.1", "2001:db8::1"] });
    expect(listening).to.deep.equal({
      addresses: ["198.51.100.1", "2001:db8::1", "203.0.113.1", "127.0.0.1"],
      label: "a.example=198.51.100.1,2001:db8::1 203.0.113.1 127.0.0.1",
    });
    expect(resolvedIn(listening.label)).to.deep.equal({ "a.example": ["198.51.100.1", "2001:db8::1"] });
    expect(addressesIn(listening.label)).to.deep.equal(listening.addresses);
    expect(() => listeningOf(listenEntries(named), {})).to.throw("a.example");
  });

  it("are both stacks for clients, IPv4 between the hosts, and of no use when they are loopback there or nothing", () => {
    expect(usableAddresses("address", ["2001:db8::1", "198.51.100.1", "198.51.100.1", "127.0.1.1"])).to.deep.equal([
      "198.51.100.1",
      "2001:db8::1",
    ]);
    expect(usableAddresses("replication_address", ["2001:db8::1", "203.0.113.1"])).to.deep.equal(["203.0.113.1"]);
    expect(usableAddresses("replication_address", ["2001:db8::1"])).to.match(/IPv4 alone/);
    expect(usableAddresses("address", ["127.0.1.1", "::1"])).to.match(/^is 127\.0\.1\.1, ::1 there.*\/etc\/hosts/);
    expect(usableAddresses("address", ["fe80::1"])).to.equal("has no address there");
    expect(usableAddresses("address", [])).to.equal("has no address there");
  });
});

describe("what a host cannot listen on", () => {
  it("is nothing when it has every address", () => {
    expect(listenProblems(hostWith({}), {}, OWN)).to.deep.equal([]);
    expect(listenProblems(hostWith({ listen: ["0.0.0.0", "::"] }), {}, OWN)).to.deep.equal([]);
    expect(listenProblems(hostWith({ listen: [...OWN] }), {}, OWN)).to.deep.equal([]);
  });

  it("is an address that it lacks, by the field that names it, with those that it has and the way out", () => {
    const nat = listenProblems(hostWith({ address: "192.0.2.50" }), {}, OWN);
    expect(nat).to.have.length(1);
    expect(nat[0]).to.include({ field: "hosts.host-a.address" });
    expect(nat[0]?.words).to.match(/^192\.0\.2\.50 is no address of host-a: host-a has 198\.51\.100\.1, .*translation/);
    expect(nat[0]?.next).to.match(/hosts\.host-a\.listen$/);
    const [typo] = listenProblems(hostWith({ listen: ["198.51.100.1", "203.0.113.1", "203.0.113.11"] }), {}, OWN);
    expect(typo).to.include({ field: "hosts.host-a.listen" });
    expect(typo?.words)
      .to.match(/^203\.0\.113\.11 is no address of host-a/)
      .and.not.to.match(/translation/);
    const [name] = listenProblems(hostWith({ address: "a.example" }), { "a.example": ["192.0.2.50"] }, OWN);
    expect(name?.words).to.match(/^192\.0\.2\.50 \(a\.example\) is no address of host-a/);
  });

  it("is a list that leaves out where clients or the other host come, unless they come through a translation", () => {
    const deaf = listenProblems(hostWith({ listen: ["127.0.0.1"] }), {}, OWN);
    expect(deaf.map(({ words }) => words.split(",", 1)[0])).to.deep.equal(["lacks 198.51.100.1", "lacks 203.0.113.1"]);
    const behind = hostWith({ address: "192.0.2.50", replication_address: "192.0.2.51", listen: ["198.51.100.1"] });
    expect(listenProblems(behind, {}, OWN)).to.deep.equal([]);
  });

  it("is told in one refusal, each field with its words", () => {
    const refusal = listenRefusal(listenProblems(hostWith({ listen: ["127.0.0.1"] }), {}, OWN));
    expect(refusal?.words).to.match(/^hosts\.host-a\.listen: lacks .*\. hosts\.host-a\.listen: lacks /);
    expect(refusal?.next).to.match(/^write the addresses/);
    expect(listenRefusal([])).to.equal(undefined);
  });
});

describe("where a port for the other host alone is published", () => {
  const host = hostWith({});

  it("is the address between the hosts, or whatever others reach, or everywhere beside containers of before", () => {
    expect(addressesForPeer("198.51.100.1 203.0.113.1 127.0.0.1", host)).to.deep.equal(["203.0.113.1"]);
    expect(addressesForPeer("10.0.0.5 2001:db8::1 127.0.0.1", host)).to.deep.equal(["10.0.0.5"]);
    expect(addressesForPeer("0.0.0.0", host)).to.deep.equal(["0.0.0.0"]);
    expect(addressesForPeer(undefined, host)).to.deep.equal(["0.0.0.0"]);
    expect(() => addressesForPeer("127.0.0.1", host)).to.throw("host-a listens on loopback alone");
  });
});
