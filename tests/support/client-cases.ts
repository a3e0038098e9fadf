import { clientFigures } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";
import type { EvidenceDocument } from "../../evidence/document";
import { broken, unexpected, type NegativeCase } from "./negative-case";
import { validClients } from "./valid-clients";
import { dryRunEvidence, plannedEvidence, record } from "./valid-evidence";

/** A switchover that two drivers watched: eight statements of PostgreSQL's clients failed. */
export function watchedEvidence(): EvidenceDocument {
  return record({ ...plannedEvidence(), clients: validClients() });
}

function first({ clients }: EvidenceDocument): ClientLoad {
  const [load] = clients?.loads ?? [];
  if (load === undefined) throw new Error("no load");
  return load;
}

/** Breaks what a load says of its statements, and counts it again, so that its figures fit. */
function samples(rule: string, what: string, change: (load: ClientLoad) => void): NegativeCase {
  return broken(
    rule,
    what,
    (document) => {
      const load = first(document);
      change(load);
      Object.assign(load, clientFigures(load.samples));
    },
    watchedEvidence,
  );
}

/** Leaves out the statements that a condition holds for, as somebody would who does not like them. */
function without(load: ClientLoad, drops: (at: number) => boolean): void {
  const { samples: all } = load;
  const kept = [...all.end.keys()].filter((at) => !drops(at));
  const code = new Map(all.errors.map((one) => [one.at, one.code]));
  const pick = <T>(from: readonly T[]): T[] => kept.flatMap((at) => from.slice(at, at + 1));
  load.samples = {
    ...{ client: pick(all.client), startMs: pick(all.startMs), endMs: pick(all.endMs), end: pick(all.end) },
    errors: kept.flatMap((at, index) => (code.has(at) ? [{ at: index, code: code.get(at) ?? "" }] : [])),
    resent: [],
  };
}

/** Evidence that says too little, too much or too well of what clients saw. */
export const CLIENT_CASES: readonly NegativeCase[] = [
  broken("clients-measured-something", "no driver was asked for", (document) => {
    document.clients = { loads: [], notTried: [] };
  }),
  broken(
    "clients-measured-something",
    "a driver is there twice",
    (document) => document.clients?.notTried.push({ driver: "node-redis", reason: "not installed" }),
    watchedEvidence,
  ),
  samples("client-samples-sound", "an end is missing", ({ samples: all }) => void all.end.pop()),
  samples("client-samples-sound", "a statement is counted twice", ({ samples: all }) => {
    for (const name of ["client", "startMs", "endMs"] as const) all[name].push(all[name].at(-1) ?? 0);
    all.end.push("a");
  }),
  samples("client-samples-sound", "a statement began before the one before it", ({ samples: all }) => {
    all.startMs[40] = 601;
  }),
  samples("client-samples-sound", "a statement ended before it began", ({ samples: all }) => {
    all.endMs[40] = (all.startMs[40] ?? 0) - 0.001;
  }),
  samples("client-samples-sound", "a statement ended after its load", (load) => (load.finishedAtMs = 3000)),
  samples("client-samples-sound", "a client that is none", ({ samples: all }) => (all.client[40] = 2)),
  samples("client-samples-sound", "an error without its reason", ({ samples: all }) => void all.errors.pop()),
  samples("client-samples-sound", "a failed statement is called answered", ({ samples: all }) => {
    all.end = all.end.map(() => "a");
  }),
  samples("client-samples-sound", "a reason is told twice", ({ samples: all }) => {
    all.errors.push({ at: all.errors.at(-1)?.at ?? 0, code: "READONLY" });
  }),
  samples("client-samples-sound", "a driver that never resends has resent", ({ samples: all }) => {
    all.resent.push({ at: 0, times: 1 });
  }),
  samples("client-samples-sound", "what was resent is counted twice", (load) => {
    load.resends = "counted";
    load.samples.resent.push({ at: 1, times: 1 }, { at: 1, times: 1 });
  }),
  ...(["sent", "answered", "failed", "ended", "unknown", "resent"] as const).map((name) =>
    broken(
      "client-figures",
      `another number of ${name}`,
      (document) => (first(document).counts[name] += 1),
      watchedEvidence,
    ),
  ),
  broken("client-figures", "another code", (document) => (first(document).codes = { "57P01": 8 }), watchedEvidence),
  broken(
    "client-figures",
    "a shorter latency",
    (document) => (first(document).latencyMs = { p50: 1, p99: 1, max: 1 }),
    watchedEvidence,
  ),
  broken("client-figures", "no latency", (document) => (first(document).latencyMs = null), watchedEvidence),
  samples("clients-cover-cut", "the load began after the demotion", (load) => {
    without(load, (at) => (load.samples.startMs[at] ?? 0) < 1500);
  }),
  samples("clients-cover-cut", "the load ended before the promotion did", (load) => {
    without(load, (at) => (load.samples.endMs[at] ?? 0) > 2000);
  }),
  samples("clients-cover-cut", "what happened in the window is left out", (load) => {
    without(load, (at) => (load.samples.endMs[at] ?? 0) > 1425 && (load.samples.startMs[at] ?? 0) < 2101);
  }),
  samples("clients-cover-cut", "one of its clients never came back", (load) => {
    without(load, (at) => load.samples.client[at] === 1 && (load.samples.startMs[at] ?? 0) > 2000);
  }),
  broken(
    "clients-inside-drill",
    "the load ran on after the drill",
    (document) => (first(document).finishedAtMs = 5000),
    watchedEvidence,
  ),
  unexpected("max-client-errors", "more failed than the limit", { maxClientErrors: 8 }, watchedEvidence),
  unexpected("max-client-errors", "no load ran: that is not zero errors", { maxClientErrors: 1e9 }),
  broken(
    "max-client-errors",
    "no load ran at Redis",
    (document) => void document.clients?.loads.pop(),
    watchedEvidence,
    { maxClientErrors: 1e9 },
  ),
  broken(
    "dry-run-changes-nothing",
    "a dry run had clients",
    (document) => (document.clients = validClients()),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
];
