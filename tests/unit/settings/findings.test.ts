import { expect } from "chai";
import { FINDINGS, findingRow, severityOf, type FindingRow } from "../../../settings/findings";
import { STORE_NAMES } from "../../../settings/services";

const rows: readonly FindingRow[] = STORE_NAMES.flatMap((store): readonly FindingRow[] => FINDINGS[store]);

describe("the table of findings", () => {
  it("has each finding once, but for what any store may be", () => {
    for (const store of STORE_NAMES) {
      const keys = FINDINGS[store].map(({ key }) => key);
      expect(new Set(keys).size).to.equal(keys.length);
    }
    const both = FINDINGS.timescaledb.filter(({ key }) => FINDINGS.redis.some((other) => other.key === key));
    expect(both.map(({ key }) => key)).to.deep.equal(["not-read"]);
  });

  it("says of whatever refuses a drill what an operator does about it", () => {
    const silent = rows.filter(
      ({ planned, unplanned, next }) => (planned === "refused" || unplanned === "refused") && next === "",
    );
    expect(silent).to.deep.equal([]);
  });

  it("refuses a failover for nothing that does not refuse a switchover too", () => {
    const harder = rows.filter(({ planned, unplanned }) => unplanned === "refused" && planned !== "refused");
    expect(harder).to.deep.equal([]);
  });

  it("takes what is not known for a reason not to begin", () => {
    expect(severityOf("not-read", "planned")).to.equal("refused");
    expect(findingRow("of-a-later-version")).to.equal(undefined);
  });
});
