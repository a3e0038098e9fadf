import { expect } from "chai";
import { declaredOnly, targetsOf, worstTarget } from "../../../../../drills/services/canary/scrapes";

const window = (now: number) => ({ sinceSeconds: 100, now, interval: 15 });

describe("scrapes across a swap", () => {
  it("misses none when one came each interval, however late by a little", () => {
    const { counts } = worstTarget([{ target: "loki on host-a", at: [95, 110.2, 125, 140.1] }], window(145));
    expect(counts).to.deep.equal({ written: 4, found: 4, missing: 0, duplicated: 0 });
  });

  it("counts a scrape that failed, and tells of the target that missed most", () => {
    const { what, counts } = worstTarget(
      [
        { target: "loki on host-a", at: [95, 110, 125, 140] },
        { target: "tempo on host-a", at: [95, 140] },
      ],
      window(145),
    );
    expect(what).to.equal("tempo on host-a");
    expect(counts.missing).to.equal(2);
  });

  it("counts scrapes that are overdue at the end", () => {
    expect(worstTarget([{ target: "loki on host-a", at: [95, 110] }], window(140)).counts.missing).to.equal(1);
    expect(worstTarget([{ target: "loki on host-a", at: [95, 110] }], window(130)).counts.missing).to.equal(0);
  });

  it("knows nothing when no target was up before", () => {
    expect(worstTarget([{ target: "loki on host-a", at: [120] }], window(145)).counts.missing).to.equal(null);
    expect(worstTarget([], window(145)).counts.found).to.equal(null);
  });

  it("knows nothing where a scrape is of the future: which ones are due is told by another clock", () => {
    const targets = [{ target: "loki on host-a", at: [95, 110, 125, 206] }];
    expect(worstTarget(targets, window(145)).counts).to.include({ found: null, missing: null });
    expect(worstTarget([{ target: "loki on host-a", at: [95, 110, 125, 146] }], window(145)).counts.missing).to.equal(
      0,
    );
  });

  it("misses nothing of a target that is declared no more, and everything of one that vanishes though it is", () => {
    const targets = [
      { target: "loki on host-a", at: [95, 110, 125, 140] },
      { target: "backup on host-a", at: [92] },
    ];
    const missing = (declared: readonly string[]): number | null =>
      worstTarget(declaredOnly(targets, declared), window(145)).counts.missing;
    expect(missing(["loki on host-a", "loki on host-b"])).to.equal(0);
    expect(missing(["loki on host-a", "backup on host-a"])).to.equal(3);
  });

  it("takes only successful scrapes from Prometheus' answer", () => {
    const values = [
      [95, "1"],
      [110, "0"],
    ];
    const answer = { data: { result: [{ metric: { host: "host-a", service: "loki" }, values }] } };
    expect(targetsOf(answer)).to.deep.equal([{ target: "loki on host-a", at: [95] }]);
    expect(() => targetsOf({ status: "error" })).to.throw("range query");
  });
});
