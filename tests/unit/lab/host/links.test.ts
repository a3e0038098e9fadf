import { expect } from "chai";
import { foreignAddresses, linkFault, parseLinks } from "../../../../lab/host/network";

const links = parseLinks(
  JSON.stringify([
    {},
    { ifname: "understudy0", flags: ["UP"], addr_info: [{ local: "10.91.0.1", prefixlen: 25 }] },
    { ifname: "understudy-a", flags: ["UP"], master: "understudy0", addr_info: [] },
    { ifname: "understudy-b", flags: ["BROADCAST"], master: "understudy0" },
  ]),
);

describe("links of the lab", () => {
  it("are read from ip's JSON, empty entries left out", () => {
    expect(links.map((link) => link.ifname)).to.deep.equal(["understudy0", "understudy-a", "understudy-b"]);
    expect(parseLinks("")).to.deep.equal([]);
  });

  it("have no fault when they are up, addressed and on their bridge", () => {
    expect(linkFault(links, "understudy0", { address: "10.91.0.1", prefix: 25 })).to.equal(undefined);
    expect(linkFault(links, "understudy-a", { master: "understudy0" })).to.equal(undefined);
  });

  for (const [name, want, words] of [
    ["repl0", {}, "repl0 is missing"],
    ["understudy-b", { master: "understudy0" }, "understudy-b is down"],
    ["understudy-a", { master: "other0" }, "understudy-a is not on other0"],
    ["understudy0", { address: "10.91.0.2", prefix: 25 }, "understudy0 lacks 10.91.0.2"],
    ["understudy0", { address: "10.91.0.1", prefix: 24 }, "understudy0 lacks 10.91.0.1"],
  ] as const) {
    it(`have a fault named "${words}"`, () => {
      expect(linkFault(links, name, want)).to.equal(words);
    });
  }

  it("of others are named when they use the lab's network, and only then", () => {
    const other = (local: string): ReturnType<typeof parseLinks> =>
      parseLinks(JSON.stringify([{ ifname: "eth0", flags: ["UP"], addr_info: [{ local, prefixlen: 24 }] }]));
    expect(foreignAddresses(links)).to.deep.equal([]);
    expect(foreignAddresses(other("10.91.0.200"))).to.deep.equal(["eth0"]);
    expect(foreignAddresses(other("10.91.1.200"))).to.deep.equal([]);
  });
});
