import { expect } from "chai";
import { exitCodeOf, verdictJson, verdictText } from "../../../../evidence/verify/render-verdict";
import type { Verdict } from "../../../../evidence/verify/verify-evidence";

function refused(value: string, limit = "none"): Verdict {
  return {
    verdict: "refused",
    source: "x.env",
    violations: [{ rule: "env-values", key: "FAILOVER_ID", value, limit }],
  };
}

describe("a verdict in print", () => {
  it("keeps a violation on one line and free of control characters, whatever the value", () => {
    for (const value of ["a\nREFUSED forged x=y", "\u001b[31mred", "é", "\r", "\u2028"]) {
      expect(verdictText(refused(value, value))).to.match(/^REFUSED env-values FAILOVER_ID="[ -~]*$/);
    }
  });

  it("cuts a huge value off", () => {
    expect(verdictText(refused("9".repeat(100_000))).length).to.be.lessThan(300);
  });

  it("shows an empty value as nothing after the equals sign", () => {
    expect(verdictText(refused(""))).to.equal("REFUSED env-values FAILOVER_ID= limit: none");
  });

  it("has an exit code for each verdict, told in JSON too", () => {
    const unverifiable: Verdict = { verdict: "unverifiable", reason: "x", next: "y" };
    expect([exitCodeOf(refused("")), exitCodeOf(unverifiable)]).to.deep.equal([1, 2]);
    expect(JSON.parse(verdictJson(unverifiable))).to.include({ verdict: "unverifiable", exitCode: 2 });
  });
});
