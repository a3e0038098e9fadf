import { DEMOTION, PROMOTION } from "../../../settings/steps";
import { probeRecordFaults } from "../../probe-record-faults";
import { summarizeStore } from "../../probe-summary";
import { claimsSwap, type Finding, ofProbedStores, type ProbedStore, type Rule, stepOf, unless } from "../rule";

/** The probe's raw samples are sound, give the figures that are claimed, and cover the cut. */
export const probeRules: readonly Rule[] = [
  {
    id: "samples-sound",
    sentence: "the samples are complete, in order, inside the probe's window, and use every event number once",
    check: ({ document }) =>
      ofProbedStores(document, (store) =>
        document.probe === null
          ? []
          : probeRecordFaults(store, document.probe).map((fault) => ({ ...fault, key: `${store.key}.${fault.key}` })),
      ),
  },
  {
    id: "samples-give-figures",
    sentence: "counted again from the samples, every figure of the probe is the one that is claimed",
    check: ({ document }) => ofProbedStores(document, recomputedFaults),
  },
  {
    id: "probe-covers-cut",
    sentence: `the probe ran from before ${DEMOTION} began until after ${PROMOTION} ended`,
    check: ({ document }) => {
      const { probe } = document;
      const [demote, promote] = [stepOf(document, DEMOTION), stepOf(document, PROMOTION)];
      if (!claimsSwap(document) || !probe || !demote || !promote) return [];
      const key = "document.probe";
      return [
        ...unless(
          probe.startedAtMs <= demote.startedAtMs,
          `${key}.startedAtMs`,
          probe.startedAtMs,
          `at most ${demote.startedAtMs}, when ${DEMOTION} began`,
        ),
        ...unless(
          probe.finishedAtMs >= promote.finishedAtMs,
          `${key}.finishedAtMs`,
          probe.finishedAtMs,
          `at least ${promote.finishedAtMs}, when ${PROMOTION} ended`,
        ),
      ];
    },
  },
  {
    id: "probe-inside-drill",
    sentence: "the probe of a success ran inside the drill; in a failover it may have run before",
    check: ({ document }) => {
      const { probe, steps } = document;
      const [first, last] = [steps[0], steps.at(-1)];
      if (!claimsSwap(document) || !probe || !first || !last) return [];
      const earliest = document.drill.kind === "unplanned" ? 0 : first.startedAtMs;
      const inside = (at: number): boolean => at >= earliest && at <= last.finishedAtMs;
      const limit = `${earliest} to ${last.finishedAtMs}`;
      return [
        ...unless(inside(probe.startedAtMs), "document.probe.startedAtMs", probe.startedAtMs, limit),
        ...unless(inside(probe.finishedAtMs), "document.probe.finishedAtMs", probe.finishedAtMs, limit),
      ];
    },
  },
];

function recomputedFaults(store: ProbedStore): Finding[] {
  const { counts, longestGapMs, gap } = summarizeStore(store);
  const figures: [string, number | null, number | null][] = [
    ["longestGapMs", store.longestGapMs, longestGapMs],
    ["gap.fromMs", store.gap?.fromMs ?? null, gap?.fromMs ?? null],
    ["gap.toMs", store.gap?.toMs ?? null, gap?.toMs ?? null],
    ...(Object.keys(counts) as (keyof typeof counts)[]).map((name): [string, number | null, number | null] => [
      `counts.${name}`,
      store.counts[name],
      counts[name],
    ]),
  ];
  return figures.flatMap(([name, claimed, counted]) =>
    unless(claimed === counted, `${store.key}.${name}`, claimed, `${counted ?? "unknown"}, from the samples`),
  );
}
