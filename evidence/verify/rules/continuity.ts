import { isStore } from "../../../settings/services";
import { DEMOTION, PROMOTION } from "../../../settings/steps";
import type { ServiceContinuity, ServiceCount } from "../../continuity";
import type { EvidenceDocument } from "../../document";
import { countsOf, storeCount } from "../../service-counts";
import { servicesOf } from "../../service-terms";
import { areAscendingRanges } from "../../seq-ranges";
import {
  claimsPlannedSwap,
  claimsSwap,
  finding,
  isOfAllServices,
  ofServices,
  stepOf,
  unless,
  type Finding,
  type Rule,
} from "../rule";

/** What each service kept. Evidence that is older than this section does not have it, and is not held against it. */
export const continuityRules: readonly Rule[] = [
  {
    id: "services-complete",
    sentence:
      "every service is there once, with the promise of the drill's kind and units of its own: the first seven, and those that the drill's terms declare",
    check: ({ document }) => {
      const services = document.continuity?.services;
      if (services === undefined) return [];
      const terms = servicesOf(document.drill);
      const names = services.map((one) => one.service).sort();
      const expectedNames = [...terms.keys()].sort().join();
      return [
        ...unless(
          names.join() === expectedNames,
          "document.continuity.services",
          names.join(),
          `${expectedNames}: each service once`,
        ),
        ...ofServices(document, ({ service, promise, counted }, key) => {
          const expected = terms.get(service);
          if (expected === undefined) return [];
          const units = counted.map((one) => one.unit).join();
          return [
            ...unless(promise === expected.promise, `${key}.promise`, promise, expected.promise),
            ...unless(units === "" || units === expected.units.join(), `${key}.counted`, units, expected.units.join()),
          ];
        }),
      ];
    },
  },
  {
    id: "service-counts-add-up",
    sentence:
      "counted again from the numbers, or from the probe's, every count of a service is the one that is claimed",
    check: ({ document }) => ofCounts(document, (one, key, { service }) => countFaults(document, one, key, service)),
  },
  {
    id: "services-kept-data",
    sentence:
      "after a switchover nothing that a canary wrote is missing beyond what is allowed for its service, which is one scrape of a target, and nothing is there twice",
    check: ({ document }) => {
      if (!claimsPlannedSwap(document) || document.continuity === undefined || !isOfAllServices(document)) return [];
      const terms = servicesOf(document.drill);
      return [
        ...ofServices(document, ({ counted }, key) => unless(counted.length > 0, `${key}.counted`, null, "its counts")),
        ...ofCounts(document, ({ counts: { missing, duplicated } }, key, { service }) => {
          if (isStore(service)) return [];
          const allowed = terms.get(service)?.missingAllowed ?? 0;
          return [
            ...unless(missing !== null && missing <= allowed, `${key}.counts.missing`, missing, `at most ${allowed}`),
            ...unless(duplicated === 0, `${key}.counts.duplicated`, duplicated, "0"),
          ];
        }),
      ];
    },
  },
  {
    id: "data-carried",
    sentence:
      "after promotion, the old primary's data of the services without replication arrived on the new one: both digests are equal",
    check: ({ document }) => {
      if (!isOfAllServices(document)) return [];
      const terms = servicesOf(document.drill);
      return ofServices(document, ({ service, carried }, key) => {
        if (!terms.get(service)?.carried)
          return unless(carried === null, `${key}.carried`, "there", "null: its data are not copied");
        if (carried === null) return unless(!claimsPlannedSwap(document), `${key}.carried`, null, "copied data");
        const { digestBefore, digestAfter, files, copiedFiles, copiedBytes, how, ageSeconds } = carried;
        return [
          ...unless(digestAfter === digestBefore, `${key}.carried.digestAfter`, digestAfter, digestBefore),
          ...unless(copiedFiles <= files, `${key}.carried.copiedFiles`, copiedFiles, `at most ${files}`),
          ...unless(copiedFiles > 0 || copiedBytes === 0, `${key}.carried.copiedBytes`, copiedBytes, "0, of no file"),
          ...unless(
            document.drill.kind === "unplanned" || how === "final-sync",
            `${key}.carried.how`,
            how,
            "final-sync, since the old primary answered",
          ),
          ...unless(how !== "final-sync" || ageSeconds === 0, `${key}.carried.ageSeconds`, ageSeconds, "0"),
          ...carryTimes(document, carried, `${key}.carried`),
        ];
      });
    },
  },
  {
    id: "canary-covers-change",
    sentence: `the canary of a switchover wrote from before ${DEMOTION} began until every service was used on the new host`,
    check: ({ document }) => {
      const { continuity, steps } = document;
      const [demote, last] = [stepOf(document, DEMOTION), steps.at(-1)];
      if (!claimsPlannedSwap(document) || continuity === undefined || !demote || !last) return [];
      if (!isOfAllServices(document)) return [];
      const key = "document.continuity.canary";
      const { canary } = continuity;
      if (canary === null) return [finding(key, null, "when the canary wrote")];
      const answered = Math.max(0, ...continuity.services.map((one) => one.carried?.answeredAtMs ?? 0));
      const { startedAtMs, finishedAtMs, pagesWatchedMs } = canary;
      const watchable = last.finishedAtMs - startedAtMs;
      return [
        ...unless(
          startedAtMs <= demote.startedAtMs,
          `${key}.startedAtMs`,
          startedAtMs,
          `at most ${demote.startedAtMs}`,
        ),
        ...unless(
          startedAtMs >= (steps[0]?.startedAtMs ?? 0),
          `${key}.startedAtMs`,
          startedAtMs,
          `at least ${steps[0]?.startedAtMs ?? 0}`,
        ),
        ...unless(
          finishedAtMs >= answered && finishedAtMs <= last.finishedAtMs,
          `${key}.finishedAtMs`,
          finishedAtMs,
          `${answered} to ${last.finishedAtMs}`,
        ),
        ...unless(
          pagesWatchedMs > 0 && pagesWatchedMs <= watchable,
          `${key}.pagesWatchedMs`,
          pagesWatchedMs,
          `above 0, at most ${watchable}`,
        ),
      ];
    },
  },
];

function ofCounts(
  document: EvidenceDocument,
  check: (one: ServiceCount, key: string, of: ServiceContinuity) => readonly Finding[],
): Finding[] {
  return ofServices(document, (of, key) =>
    of.counted.flatMap((one, index) => check(one, `${key}.counted[${index}]`, of)),
  );
}

/** A store's count is the probe's; everything else has its own numbers. */
function countFaults(
  { probe }: EvidenceDocument,
  { counts, numbers }: ServiceCount,
  key: string,
  service: ServiceContinuity["service"],
): Finding[] {
  if (isStore(service)) {
    return [
      ...unless(numbers === null, `${key}.numbers`, "there", "null: the probe has them"),
      ...differing(counts, probe === null ? null : storeCount(probe, service).counts, key),
    ];
  }
  if (numbers === null) return [finding(`${key}.numbers`, null, "the numbers behind the counts")];
  const { written, found, duplicated } = numbers;
  const strays = (found ?? []).filter(([first, last]) => !written.some(([from, to]) => first >= from && last <= to));
  return [
    ...unless(areAscendingRanges(written), `${key}.numbers.written`, JSON.stringify(written), "ascending ranges"),
    ...unless(areAscendingRanges(found ?? []), `${key}.numbers.found`, JSON.stringify(found), "ascending ranges"),
    ...unless(strays.length === 0, `${key}.numbers.found`, JSON.stringify(strays[0]), "numbers that were written"),
    ...unless(
      (duplicated ?? []).every((one) => (found ?? []).some(([first, last]) => one >= first && one <= last)),
      `${key}.numbers.duplicated`,
      JSON.stringify(duplicated),
      "numbers that were found",
    ),
    ...unless(
      (duplicated === null) === (found === null),
      `${key}.numbers.duplicated`,
      JSON.stringify(duplicated),
      "known when found is",
    ),
    ...differing(counts, countsOf(numbers), key),
  ];
}

function differing(claimed: ServiceCount["counts"], counted: ServiceCount["counts"] | null, key: string): Finding[] {
  return (Object.keys(claimed) as (keyof typeof claimed)[]).flatMap((name) =>
    unless(
      counted !== null && claimed[name] === counted[name],
      `${key}.counts.${name}`,
      claimed[name],
      `${counted?.[name] ?? "unknown"}, counted again`,
    ),
  );
}

function carryTimes(
  document: EvidenceDocument,
  { stoppedAtMs, answeredAtMs }: NonNullable<ServiceContinuity["carried"]>,
  key: string,
): Finding[] {
  const promoted = stepOf(document, PROMOTION)?.finishedAtMs ?? 0;
  const end = document.steps.at(-1)?.finishedAtMs ?? 0;
  if (!claimsSwap(document)) return [];
  return [
    ...unless(
      stoppedAtMs >= promoted,
      `${key}.stoppedAtMs`,
      stoppedAtMs,
      `at least ${promoted}, when ${PROMOTION} ended`,
    ),
    ...unless(
      answeredAtMs >= stoppedAtMs && answeredAtMs <= end,
      `${key}.answeredAtMs`,
      answeredAtMs,
      `${stoppedAtMs} to ${end}`,
    ),
  ];
}
