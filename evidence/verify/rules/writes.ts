import { DEMOTION } from "../../../settings/steps";
import type { EvidenceDocument } from "../../document";
import {
  claimsPlannedSwap,
  claimsSwap,
  finding,
  type Finding,
  ofProbedStores,
  type ProbedStore,
  promotedAtMs,
  type Rule,
  stepOf,
  unless,
} from "../rule";

/** What became of the probe's writes: on both sides of the cut, by one writer, each once, none lost. */
export const writeRules: readonly Rule[] = [
  {
    id: "writes-both-sides",
    sentence:
      "each store acknowledged writes on the old host before the cutover window, if it lived when the probe began, and on the new one after its promotion began",
    check: ({ document }) =>
      claimsSwap(document) ? ofProbedStores(document, (store) => bothSidesFaults(store, document)) : [],
  },
  {
    id: "endpoints-are-hosts",
    sentence: "the probe wrote to endpoints of the two hosts, and of no other",
    check: ({ document }) => {
      const hosts = [document.drill.fromHost, document.drill.toHost];
      return ofProbedStores(document, ({ endpoints, key }) =>
        unless(
          endpoints.every((name, index) => hosts.includes(name) && endpoints.indexOf(name) === index),
          `${key}.endpoints`,
          endpoints.join(),
          `${hosts.join(" and ")}, each once`,
        ),
      );
    },
  },
  {
    id: "single-writer",
    sentence:
      "an endpoint that acknowledged writes before the fence acknowledged none that began after it; after a failed drill that put the old primary back to work, no other one did",
    check: ({ document }) => ofProbedStores(document, (store) => secondWriterFaults(store, document)),
  },
  countIsZero("nothing-duplicated", "no event was written twice", "duplicated", claimsSwap),
  countIsZero("no-phantom", "no event was found that was never written", "phantom", claimsSwap),
  countIsZero("planned-loses-nothing", "a switchover loses no acknowledged probe event", "lost", claimsPlannedSwap),
];

function countIsZero(
  id: string,
  sentence: string,
  count: "duplicated" | "phantom" | "lost",
  applies: (document: EvidenceDocument) => boolean,
): Rule {
  return {
    id,
    sentence,
    check: ({ document }) =>
      ofProbedStores(document, ({ counts, key }) =>
        unless(!applies(document) || counts[count] === 0, `${key}.counts.${count}`, counts[count], "0"),
      ),
  };
}

function bothSidesFaults({ samples, endpoints, key, name }: ProbedStore, document: EvidenceDocument): Finding[] {
  const { fromHost, toHost } = document.drill;
  const cutBegan = stepOf(document, DEMOTION)?.startedAtMs ?? -Infinity;
  const promoted = promotedAtMs(document, name) ?? Infinity;
  const acknowledged = (host: string, when: (endMs: number) => boolean): number =>
    samples.endMs.filter(
      (endMs, index) =>
        samples.outcome[index] === "a" &&
        endpoints[samples.endpoint[index] ?? -1] === host &&
        when(endMs ?? Number.NaN),
    ).length;
  const before = acknowledged(fromHost, (endMs) => endMs <= cutBegan);
  const after = acknowledged(toHost, (endMs) => endMs >= promoted);
  const limit = "at least 1, else nothing was measured";
  const lived = document.drill.kind === "planned" || document.unplanned?.probeSawFailure === true;
  return [
    ...unless(
      !lived || before > 0,
      `${key}.samples`,
      `${before} acknowledged by ${fromHost} before ${cutBegan} ms`,
      limit,
    ),
    ...unless(after > 0, `${key}.samples`, `${after} acknowledged by ${toHost} after ${promoted} ms`, limit),
  ];
}

/** Whether a drill failed and gave its fence back: it never promoted anybody, and its old primary takes writes again. */
function wasUndone({ success, steps }: EvidenceDocument): boolean {
  return !success && steps.some(({ failure }) => (failure?.undone ?? null) !== null);
}

function secondWriterFaults({ samples, endpoints, key, name }: ProbedStore, document: EvidenceDocument): Finding[] {
  const fence = document.fences.find((one) => one.store === name);
  if (fence === undefined) return [];
  const acknowledged = [...samples.outcome.keys()].filter((index) => samples.outcome[index] === "a");
  const beforeFence = acknowledged.filter((index) => (samples.endMs[index] ?? Infinity) <= fence.provedAtMs);
  const oldSide = new Set(beforeFence.map((index) => samples.endpoint[index]));
  const endpointOf = (index: number): string => endpoints[samples.endpoint[index] ?? -1] ?? "unknown endpoint";
  const backAtWork = wasUndone(document) ? document.drill.fromHost : null;
  const late = acknowledged.find(
    (index) =>
      (samples.invokeMs[index] ?? 0) > fence.provedAtMs &&
      (backAtWork === null ? oldSide.has(samples.endpoint[index]) : endpointOf(index) !== backAtWork),
  );
  if (late === undefined) return [];
  const limit =
    backAtWork === null
      ? `at most ${fence.provedAtMs}, when ${endpointOf(late)} was fenced`
      : `none by ${endpointOf(late)}: ${backAtWork} was put back to work`;
  return [finding(`${key}.samples.invokeMs[${late}]`, samples.invokeMs[late], limit)];
}
