import { expect } from "chai";
import { hasLoopbackRule, LOOPBACK_RULE } from "../../../../drills/hosts/loopback-rule";

describe("the rule that keeps neighbours from a host's loopback", () => {
  const rule = `-A PREROUTING ${LOOPBACK_RULE.join(" ")}`;

  it("is seen among others, whichever tool lists it, and with a comment", () => {
    expect(hasLoopbackRule(`-P PREROUTING ACCEPT\n-A PREROUTING -s 10.0.0.2/32 -j DROP\n${rule}\n`)).to.equal(true);
    expect(hasLoopbackRule(rule.replace("-j", "-m comment --comment ours -j"))).to.equal(true);
  });

  for (const [what, printed] of [
    ["nothing, as for an account that may not see it", ""],
    ["an empty chain", "-P PREROUTING ACCEPT\n"],
    ["one address of it alone", rule.replace("127.0.0.0/8", "127.0.0.1/32")],
    ["one that only some packets meet", rule.replace("! -i lo", "-i eth0")],
    ["one that lets them go on", rule.replace("DROP", "ACCEPT")],
    ["one of another chain", rule.replace("PREROUTING", "OUTPUT")],
  ] as const)
    it(`is not seen in ${what}`, () => expect(hasLoopbackRule(printed)).to.equal(false));
});
