import { isDeepStrictEqual } from "node:util";
import { STORE_NAMES } from "../../../settings/services";
import { DEMOTION, PROMOTION } from "../../../settings/steps";
import { clientFigures, isUnderWay, storeClientErrors } from "../../client-figures";
import { clientLoadFaults } from "../../client-load-faults";
import type { ClientLoad } from "../../client-loads";
import type { EvidenceDocument } from "../../document";
import { canonicalJson } from "../../canonical-json";
import { claimsSwap, finding, type Finding, type Rule, stepOf, unless } from "../rule";

/** What is said of a store beside which no load ran: never zero. */
export const NOT_MEASURED = "not measured";

/** What ordinary clients saw: their samples are sound, give the figures that are claimed, and were taken over the cut. */
export const clientRules: readonly Rule[] = [
  {
    id: "clients-measured-something",
    sentence: "where clients are told of, at least one driver was tried, and each driver is named once",
    check: ({ document: { clients } }) => {
      if (clients === undefined) return [];
      const names = [...clients.loads, ...clients.notTried].map(({ driver }) => driver);
      return [
        ...unless(names.length > 0, "document.clients", "no driver", "at least one, or no such section"),
        ...unless(new Set(names).size === names.length, "document.clients", names.join(), "each driver once"),
      ];
    },
  },
  {
    id: "client-samples-sound",
    sentence:
      "every client had one statement under way at a time, inside its load's time, and each that was not answered has its reason once",
    check: ({ document }) =>
      ofLoads(document, (load, key) =>
        clientLoadFaults(load).map((fault) => finding(`${key}.${fault.key}`, fault.value, fault.limit)),
      ),
  },
  {
    id: "client-figures",
    sentence:
      "counted again from the statements, every figure of a load is the one that is claimed: sent is answered, failed, ended and unknown together",
    check: ({ document }) => ofLoads(document, figureFaults),
  },
  {
    id: "clients-cover-cut",
    sentence: `every client of a successful drill was answered before ${DEMOTION} began and after ${PROMOTION} ended, and its load had statements under way in between`,
    check: ({ document }) =>
      claimsSwap(document) ? ofLoads(document, (load, key) => cutFaults(document, load, key)) : [],
  },
  {
    id: "clients-inside-drill",
    sentence: "the loads of a success ran inside the drill",
    check: ({ document }) => {
      const [first, last] = [document.steps[0], document.steps.at(-1)];
      if (!claimsSwap(document) || !first || !last) return [];
      const inside = (at: number): boolean => at >= first.startedAtMs && at <= last.finishedAtMs;
      return ofLoads(document, (load, key) =>
        (["startedAtMs", "finishedAtMs"] as const).flatMap((name) =>
          unless(inside(load[name]), `${key}.${name}`, load[name], `${first.startedAtMs} to ${last.finishedAtMs}`),
        ),
      );
    },
  },
  {
    id: "max-client-errors",
    sentence:
      "ordinary clients were measured at each store, and no more of their statements ended in an error than the limit (a dry run has none)",
    check: ({ document: { clients, drill } }, { maxClientErrors: limit }) => {
      if (limit === undefined || drill.mode === "dry-run") return [];
      return STORE_NAMES.flatMap((store) => {
        const errors = storeClientErrors(clients, store);
        const holds = errors !== null && errors <= limit;
        return unless(holds, `document.clients.${store}.errors`, errors ?? NOT_MEASURED, `at most ${limit}`);
      });
    },
  },
];

function ofLoads(
  { clients }: EvidenceDocument,
  check: (load: ClientLoad, key: string) => readonly Finding[],
): Finding[] {
  return (clients?.loads ?? []).flatMap((load, index) => check(load, `document.clients.loads[${index}]`));
}

function figureFaults(load: ClientLoad, key: string): Finding[] {
  const counted = clientFigures(load.samples);
  return [
    ...(Object.keys(counted.counts) as (keyof ClientLoad["counts"])[]).flatMap((name) =>
      unless(
        load.counts[name] === counted.counts[name],
        `${key}.counts.${name}`,
        load.counts[name],
        `${counted.counts[name]}, from the samples`,
      ),
    ),
    ...(["codes", "latencyMs"] as const).flatMap((name) =>
      unless(
        isDeepStrictEqual({ ...load[name] }, { ...counted[name] }),
        `${key}.${name}`,
        oneLine(load[name]),
        `${oneLine(counted[name])}, from the samples`,
      ),
    ),
  ];
}

function oneLine(value: unknown): string {
  return canonicalJson(value).replaceAll(/\s+/g, " ").trim();
}

function cutFaults(document: EvidenceDocument, { samples, clients }: ClientLoad, key: string): Finding[] {
  const [demote, promote] = [stepOf(document, DEMOTION), stepOf(document, PROMOTION)];
  if (!demote || !promote) return [];
  const before = new Set<number>();
  const after = new Set<number>();
  for (const [at, client] of samples.client.entries()) {
    if (samples.end[at] !== "a") continue;
    if ((samples.endMs[at] ?? Infinity) <= demote.startedAtMs) before.add(client);
    if ((samples.endMs[at] ?? -Infinity) >= promote.finishedAtMs) after.add(client);
  }
  const cut = { fromMs: demote.startedAtMs, toMs: promote.finishedAtMs };
  const during = [...samples.end.keys()].filter((at) => isUnderWay(samples, at, cut)).length;
  const all = `all ${clients} clients`;
  return [
    ...unless(before.size === clients, `${key}.samples`, `${before.size} answered before ${cut.fromMs} ms`, all),
    ...unless(after.size === clients, `${key}.samples`, `${after.size} answered after ${cut.toMs} ms`, all),
    ...unless(
      during > 0,
      `${key}.samples`,
      `${during} statements in the cutover window`,
      "at least 1, else nothing was measured",
    ),
  ];
}
