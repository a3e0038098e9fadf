import { expect } from "chai";
import { comparableRules } from "../../../../drills/hosts/findings/acl-rules";

describe("the rules of a user of Redis, as two servers tell them", () => {
  it("are the same where single commands come in another order", () => {
    const [one, other] = [
      "on #a ~k resetchannels -@all +get +config|get +set",
      "on #a ~k resetchannels -@all +set +get +config|get",
    ];
    expect(comparableRules(one)).to.equal(comparableRules(other));
  });

  for (const [what, one, other] of [
    ["categories", "on -@all +@read", "on +@read -@all"],
    ["a command before and behind a category", "on +get -@all", "on -@all +get"],
    ["keys", "on ~a ~b +get", "on ~b ~a +get"],
    ["what a selector has", "on +get (~a +set)", "on +set (~a +get)"],
    ["another right", "on -@all +get", "on -@all +get +set"],
    ["another password", "on #a +get", "on #b +get"],
  ] as const) {
    it(`are not the same with another order of, or other: ${what}`, () => {
      expect(comparableRules(one)).to.not.equal(comparableRules(other));
    });
  }
});
