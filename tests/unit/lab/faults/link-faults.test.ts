import { expect } from "chai";
import { dropReceived, dropSent, ruleWords } from "../../../../lab/faults/packet-rules";
import { isShaped } from "../../../../lab/faults/link-faults";

describe("rules that drop packets", () => {
  it("act before address translation on what comes, and last on what goes", () => {
    expect(dropReceived("-s", "10.91.0.12")).to.include({ table: "raw", chain: "PREROUTING" });
    expect(dropSent("-d", "10.91.0.12")).to.include({ table: "mangle", chain: "POSTROUTING" });
  });

  it("carry the fault's name, so that one fault never takes out another one's rule", () => {
    const rule = dropReceived("-s", "10.91.0.12");
    expect(ruleWords(rule, "cut-hosts").join(" ")).to.equal(
      "-s 10.91.0.12 -m comment --comment understudy-cut-hosts -j DROP",
    );
    expect(ruleWords(rule, "one-way-cut")).not.to.deep.equal(ruleWords(rule, "cut-hosts"));
  });
});

describe("a line whose rate is bounded", () => {
  it("has a token bucket", () => {
    expect(isShaped('[{"kind":"tbf","handle":"8001:","root":true,"options":{"rate":125000}}]')).to.equal(true);
  });

  it("is not one with the kernel's usual queue, with none, or without an answer", () => {
    for (const json of ['[{"kind":"noqueue","handle":"0:","root":true}]', "[]", ""]) {
      expect(isShaped(json)).to.equal(false);
    }
  });
});
