import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { expect } from "chai";
import { addressScript, parseAddresses } from "../../../../drills/hosts/host-addresses";

const PRINTED = `== ipv4
10.91.0.11
127.0.0.1
10.91.0.11
== ipv6
20010db8000000000000000000000011 02 40 00 80     eth0
fe80000000000000685c6efffe4d10d4 02 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
== bind ipv4
1
== bind ipv6
== name host-a.example
10.91.0.11      STREAM host-a.example
10.91.0.11      DGRAM  
2001:db8::11    STREAM 
== name nothing.example
== end
`;

describe("what a host says of its addresses", () => {
  it("are all that the kernel has, each once, and what names are there, by both stacks", () => {
    expect(parseAddresses(PRINTED)).to.deep.equal({
      own: ["10.91.0.11", "127.0.0.1", "2001:db8::11", "fe80::685c:6eff:fe4d:10d4", "::1"],
      names: { "host-a.example": ["10.91.0.11", "2001:db8::11"], "nothing.example": [] },
      bindsAbsent: { ipv4: true, ipv6: null },
    });
  });

  it("is nothing where the answer was truncated, or has no address in it", () => {
    expect(() => parseAddresses(PRINTED.replace("== end\n", ""))).to.throw("truncated");
    expect(() => parseAddresses("")).to.throw("truncated");
    expect(() => parseAddresses("== ipv4\n== ipv6\n== end\n")).to.throw("no address");
  });

  for (const shell of ["dash", "bash"]) {
    it(`is asked by a script that ${shell} runs, on this machine with what this machine has`, async () => {
      const script = addressScript(["localhost", "no-such-name.invalid"]);
      const { stdout } = await promisify(execFile)(shell, ["-c", script]);
      const { own, names, bindsAbsent } = parseAddresses(stdout);
      const ipv4 = Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .flatMap(({ family, address }) => (family === "IPv4" ? [address] : []));
      expect(own).to.include.members(ipv4);
      expect(names["localhost"]?.some((one) => one === "127.0.0.1" || one === "::1")).to.equal(true);
      expect(names["no-such-name.invalid"]).to.deep.equal([]);
      expect(bindsAbsent.ipv4).to.be.a("boolean");
    });
  }
});
