import { expect } from "chai";
import fc from "fast-check";
import { cutWindow } from "../../../../../evidence/report/timeline/cut-window";
import { placeFlags } from "../../../../../evidence/report/timeline/draw-cut";
import { drawOverview } from "../../../../../evidence/report/timeline/draw-overview";
import { drawPlain } from "../../../../../evidence/report/timeline/draw-plain";
import { timeScale } from "../../../../../evidence/report/timeline/time-scale";
import { timelineOf, type Timeline } from "../../../../../evidence/report/timeline/timeline";
import { lossStory, swapStory } from "../../../../support/drill-story";
import { dryRunEvidence, failedEvidence } from "../../../../support/valid-evidence";
import { elementsNamed, scanXml } from "../../../../support/xml-scanner";

const swap = timelineOf(swapStory())!;
const span = fc
  .tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0.01, max: 1e6, noNaN: true }))
  .map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));

describe("the timeline of a drill", () => {
  it("has every attempt of the probe on the host it was made at, with what became of it", () => {
    for (const document of [swapStory(), lossStory()]) {
      for (const { store, writes } of timelineOf(document)!.stores) {
        const { counts, samples } = document.probe![store];
        const all = [...writes.old, ...writes.new];
        const fates = (fate: string): number => all.filter((write) => write.fate === fate).length;
        expect(all).to.have.length(samples.seq.length);
        expect(fates("acknowledged") + fates("lost")).to.equal(counts.acknowledged);
        expect([fates("lost"), fates("refused"), fates("indeterminate")]).to.deep.equal([
          counts.lost,
          counts.refused,
          counts.indeterminate,
        ]);
      }
    }
  });

  it("numbers the marks of all steps in the order of time", () => {
    expect(swap.marks.map(({ number }) => number)).to.deep.equal(swap.marks.map((_, index) => index + 1));
    expect(swap.marks.map(({ atMs }) => atMs)).to.deep.equal(
      swap.marks.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    );
  });

  it("takes an operator's acceptance for no fence", () => {
    const document = lossStory();
    document.fences[1]!.method = "accepted-unfenced";
    expect(timelineOf(document)!.stores.map(({ store, fencedMs }) => [store, fencedMs])).to.deep.equal([
      ["timescaledb", 1340],
      ["redis", null],
    ]);
  });

  it("is not there for a dry run, and ends with the last step that ran", () => {
    expect(timelineOf(dryRunEvidence())).to.equal(null);
    const early = failedEvidence("precheck");
    expect(timelineOf(early)).to.include({ fromMs: 0.25, toMs: 1000.5 });
  });
});

describe("the enlarged part", () => {
  it("holds both gaps, the fences and the promotions, with room beside them", () => {
    const { fromMs, toMs } = cutWindow(swap)!;
    for (const { gap, fencedMs, promotedMs } of swap.stores) {
      for (const at of [gap!.fromMs, gap!.toMs, fencedMs!, promotedMs!]) expect(at).to.be.within(fromMs + 8, toMs - 8);
    }
    expect(toMs - fromMs).to.be.lessThan(250);
  });

  it("leaves out the other store's gap where that lies far away", () => {
    const [postgres, redis] = swap.stores;
    const far = { ...redis!, gap: { kind: "between" as const, fromMs: 100, toMs: 110 } };
    expect(cutWindow({ ...swap, stores: [postgres!, far] })!.fromMs).to.be.greaterThan(1000);
  });

  it("is not there when no gap was measured", () => {
    expect(cutWindow({ ...swap, stores: swap.stores.map((store) => ({ ...store, gap: null })) })).to.equal(null);
    expect(cutWindow({ ...swap, stores: [] })).to.equal(null);
  });
});

describe("the scale of time", () => {
  it("keeps order, and never leaves the picture", () => {
    fc.assert(
      fc.property(span, fc.double({ noNaN: true }), fc.double({ noNaN: true }), (shown, one, other) => {
        const { x } = timeScale(shown, 150, 920);
        const [early, late] = [Math.min(one, other), Math.max(one, other)];
        expect(x(early)).to.be.within(150, 920).and.at.most(x(late));
      }),
    );
  });

  it("has a handful of round ticks inside the span, each with a label of its own", () => {
    fc.assert(
      fc.property(span, (shown) => {
        const ticks = timeScale(shown, 0, 900).ticks(9);
        const slack = 1e-6 * shown.toMs;
        for (const { atMs } of ticks) expect(atMs).to.be.within(shown.fromMs - slack, shown.toMs + slack);
        expect(ticks.length).to.be.within(2, 11);
        expect(new Set(ticks.map(({ label }) => label)).size).to.equal(ticks.length);
      }),
    );
  });
});

describe("the flags of the marks", () => {
  it("never lie on one another", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 20 }), (moments) => {
        const marks = moments
          .toSorted((left, right) => left - right)
          .map((atMs, index) => ({ number: index + 1, atMs, name: "mark", host: null, step: "verify" as const }));
        const flags = placeFlags(marks, timeScale({ fromMs: 0, toMs: 100 }, 0, 352));
        for (const [at, flag] of flags.entries()) {
          for (const other of flags.slice(0, at)) {
            expect(other.row !== flag.row || Math.abs(other.x - flag.x) >= 20).to.equal(true);
          }
        }
      }),
    );
  });
});

describe("the pictures", () => {
  it("are well formed, and no part of one lies outside it", () => {
    for (const timeline of [swap, timelineOf(lossStory())!, timelineOf(failedEvidence("demote-primary"))!]) {
      for (const canvas of [
        { width: 920, id: "w", namesBeside: true },
        { width: 352, id: "n", namesBeside: false },
      ]) {
        const picture = scanXml(drawOverview(timeline, canvas).text.trim());
        const height = Number(picture.attributes["viewBox"]!.split(" ")[3]);
        for (const { attributes } of elementsNamed(picture, "rect")) {
          const [x, y, width, tall] = ["x", "y", "width", "height"].map((name) => Number(attributes[name]));
          expect(x! + width!).to.be.at.most(canvas.width + 3);
          expect(y! + tall!).to.be.at.most(height);
          expect(Math.min(x!, y!)).to.be.at.least(0);
        }
      }
    }
  });

  it("stay small however many writes there are", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({
      invokedMs: index / 60,
      endedMs: index / 60,
      fate: "acknowledged" as const,
    }));
    const timeline: Timeline = {
      ...swap,
      stores: swap.stores.map((store) => ({ ...store, writes: { old: many, new: many } })),
    };
    expect(drawOverview(timeline, { width: 920, id: "w", namesBeside: true }).text.length).to.be.lessThan(700_000);
  });

  it("have a form in characters: a bar for each step that ran", () => {
    const lines = drawPlain(timelineOf(failedEvidence("demote-primary"))!);
    expect(lines.map((line) => /#/.test(line))).to.deep.equal([true, true, true, false, false]);
    expect(lines[4]).to.match(/^verify {12}\| {48}\| skipped$/);
  });
});
