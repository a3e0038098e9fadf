import { expect } from "chai";
import { canonicalName, CLIENT_LEAVES, wantedLeaves, wantedOfAll } from "../../../../settings/certificates/wanted";
import { namedHosts } from "../../../../settings/pair";
import { UserError } from "../../../../settings/user-error";
import { sampleEnvironment } from "../../components/sample";

const [host] = namedHosts(sampleEnvironment(2));

describe("the certificates that a host is to have", () => {
  it("are one for its servers, with every name by which they are reached, and one for each role that connects", () => {
    const [server, ...clients] = wantedLeaves(sampleEnvironment(2), host!);
    expect(server).to.deep.include({ name: "server", use: "server", commonName: "host-a" });
    expect(server?.names).to.include.members([
      ...["host-a", "sample.understudy", "localhost", "127.0.0.1"],
      ...[host!.address, host!.replication_address],
    ]);
    expect(clients.map(({ commonName }) => commonName)).to.deep.equal([...CLIENT_LEAVES]);
    expect(clients.every(({ use, names }) => use === "client" && names.length === 0)).to.equal(true);
  });

  it("share one name, and nothing else but loopback, between the two hosts", () => {
    const all = Object.values(wantedOfAll(sampleEnvironment(2))).map(([server]) => server?.names ?? []);
    const [one = [], other = []] = all;
    expect(one.filter((name) => other.includes(name))).to.deep.equal(["sample.understudy", "localhost", "127.0.0.1"]);
  });

  it("name an address once, however it is written", () => {
    const twice = { ...host!, address: "FD00:0:0::7", replication_address: "fd00::7" };
    const [server] = wantedLeaves(sampleEnvironment(2), twice);
    expect(server?.names.filter((name) => name.startsWith("fd00"))).to.deep.equal(["fd00::7"]);
  });

  it("hold the addresses that the ports listen on as well, but for every address at once", () => {
    const behind = { ...host!, listen: ["192.168.40.11", "FD00:0::9", "0.0.0.0"] };
    const [server] = wantedLeaves(sampleEnvironment(2), behind);
    expect(server?.names).to.include.members(["192.168.40.11", "fd00::9"]).and.not.include("0.0.0.0");
  });

  it("hold host names in lower case, and addresses of both kinds", () => {
    expect(["DB-1.Example", "10.0.0.3", "::1"].map(canonicalName)).to.deep.equal(["db-1.example", "10.0.0.3", "::1"]);
  });

  for (const wrong of [
    "10.0.0.300",
    "a b",
    "fe80::1%eth0",
    "*.example",
    "a..b",
    "-a.example",
    "x".repeat(64),
    "käse",
  ]) {
    it(`cannot hold ${JSON.stringify(wrong)}: the field is named`, () => {
      const spoiled = { ...host!, replication_address: wrong };
      expect(() => wantedLeaves(sampleEnvironment(2), spoiled))
        .to.throw(UserError, "hosts.host-a.replication_address: ")
        .with.property("exitCode", 2);
    });
  }
});
