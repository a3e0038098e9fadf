import type { EvidenceDocument, Unplanned } from "../../evidence/document";
import { broken, fenceOf, stepAt, type NegativeCase } from "./negative-case";
import { timestampAt, unplannedEvidence } from "./valid-evidence";
import {
  acceptedUnfencedEvidence,
  stoppedByEngineEvidence,
  stoppedThroughStandbyEvidence,
  stoppedUnservedEvidence,
  unplannedDryRunEvidence,
  unseenFailureEvidence,
} from "./valid-unplanned";

/** The unplanned part of a document, for changing it. */
function unplanned(document: EvidenceDocument): Unplanned {
  if (document.unplanned === null) throw new Error("not unplanned");
  return document.unplanned;
}

/** A case that changes an unplanned drill whose host was turned off. */
function turnedOff(rule: string, what: string, change: (document: EvidenceDocument) => void): NegativeCase {
  return broken(rule, what, change, unplannedEvidence);
}

function acceptance(document: EvidenceDocument): NonNullable<Unplanned["acceptedUnfenced"]> {
  const { acceptedUnfenced } = unplanned(document);
  if (acceptedUnfenced === null) throw new Error("nothing was accepted");
  return acceptedUnfenced;
}

/** Evidence of unplanned drills that breaks one rule each. */
export const UNPLANNED_CASES: readonly NegativeCase[] = [
  broken("unplanned-told", "a planned drill tells of signals", (d) => (d.unplanned = unplannedEvidence().unplanned)),
  turnedOff("unplanned-told", "an unplanned drill tells nothing", (d) => (d.unplanned = null)),
  broken("unplanned-told", "a dry run tells nothing", (d) => (d.unplanned = null), unplannedDryRunEvidence, {
    mode: "dry-run",
  }),
  turnedOff("unplanned-told", "a failed drill that looked tells nothing", (d) => {
    Object.assign(stepAt(d, 4), { status: "failed", failure: { reason: "x", host: null, next: "y", undone: null } });
    Object.assign(d, { success: false, unplanned: null });
  }),
  turnedOff("signals-in-drill", "a look is older than the drill", (d) => (unplanned(d).signals[0]!.atMs = 0.125)),
  turnedOff("signals-in-drill", "a look was taken after the drill", (d) => (unplanned(d).signals[0]!.atMs = 4001)),
  turnedOff("stale-standby-accepted", "nobody said that writes may be given up", (d) => {
    unplanned(d).following = {
      maxUnknownSeconds: 3600,
      accepted: null,
      stores: [
        {
          ...{ store: "timescaledb", known: "record", reason: "slot-missing", verdict: "primary-lived-on" },
          ...{ hasAllAt: "2026-11-23T09:40:00.000Z", aliveAt: "2026-11-23T09:54:00.000Z" },
          ...{ livedOnSeconds: 840, upperBoundSeconds: 1200 },
        },
      ],
    };
  }),
  turnedOff("seen-gone-twice", "nobody looked", (d) => (unplanned(d).signals = [])),
  turnedOff("seen-gone-twice", "only the operator says so", (d) => {
    unplanned(d).signals = unplanned(d).signals.filter(({ observer }) => observer === "operator");
  }),
  turnedOff("seen-gone-twice", "the engine's silence is the operator's", (d) => {
    for (const signal of unplanned(d).signals) if (signal.observer === "standby") signal.observer = "engine";
  }),
  turnedOff("seen-gone-twice", "each of two observers misses another store", (d) => {
    for (const signal of unplanned(d).signals) {
      signal.gone = (signal.observer === "operator") === (signal.store === "redis");
    }
  }),
  turnedOff("seen-gone-twice", "it was seen to be gone only after promotion", (d) => {
    for (const signal of unplanned(d).signals) if (signal.observer === "standby") signal.atMs = 1960;
  }),
  turnedOff("seen-gone-twice", "it answered again before promotion", (d) => {
    for (const store of ["timescaledb", "redis"] as const) {
      unplanned(d).signals.push({ observer: "standby", store, gone: false, atMs: 1500, detail: "it answers" });
    }
  }),
  broken(
    "seen-gone-twice",
    "a dry run would have gone on with one look",
    (d) => void unplanned(d).signals.splice(1),
    unplannedDryRunEvidence,
    { mode: "dry-run" },
  ),
  broken(
    "seen-gone-twice",
    "the operator reached the primary that was stopped through the standby",
    (d) => {
      for (const signal of unplanned(d).signals) signal.gone = false;
    },
    stoppedThroughStandbyEvidence,
  ),
  broken(
    "seen-gone-twice",
    "one of two places found the store to serve",
    (d) => {
      for (const signal of unplanned(d).signals) if (signal.observer === "standby") delete signal.code;
    },
    stoppedUnservedEvidence,
  ),
  broken(
    "seen-gone-twice",
    "a primary that served nobody was switched off, not stopped by the drill",
    (d) => (fenceOf(d, "redis").method = "fence-command"),
    stoppedUnservedEvidence,
  ),
  broken(
    "seen-gone-twice",
    "a primary that lived was switched off on one look",
    (d) => (fenceOf(d, "redis").method = "fence-command"),
    stoppedThroughStandbyEvidence,
  ),
  broken(
    "seen-gone-twice",
    "only the operator looked before it stopped the primary",
    (d) => {
      unplanned(d).signals = unplanned(d).signals.filter(({ observer }) => observer === "operator");
    },
    stoppedThroughStandbyEvidence,
  ),
  turnedOff("seen-gone-twice", "the engine saw it run where the operator saw nothing", (d) => {
    for (const store of ["timescaledb", "redis"] as const) {
      unplanned(d).signals.push({ observer: "engine", store, gone: false, atMs: 300, detail: "it runs" });
    }
  }),
  broken(
    "unfenced-only-when-gone",
    "one observer still saw the store that was accepted unfenced",
    (d) => (unplanned(d).signals[3]!.gone = false),
    acceptedUnfencedEvidence,
  ),
  broken(
    "accepted-in-words",
    "nobody accepted it",
    (d) => (unplanned(d).acceptedUnfenced = null),
    acceptedUnfencedEvidence,
  ),
  broken(
    "accepted-in-words",
    "the fence gives another reason",
    (d) => (fenceOf(d, "redis").detail = "it looked dead"),
    acceptedUnfencedEvidence,
  ),
  broken(
    "accepted-in-words",
    "it was accepted the day before",
    (d) => (acceptance(d).at = "2026-11-22T10:00:00.000Z"),
    acceptedUnfencedEvidence,
  ),
  turnedOff("accepted-in-words", "something proved was accepted", (d) => {
    unplanned(d).acceptedUnfenced = { reason: "off, twice", operator: "sam", at: timestampAt(1500) };
  }),
  broken(
    "demotion-fits-fences",
    "a host that was turned off is called demoted",
    (d) => (fenceOf(d, "redis").method = "fence-command"),
    stoppedByEngineEvidence,
  ),
  turnedOff("demotion-fits-fences", "stores that were stopped are called gone", (d) => {
    for (const fence of d.fences) fence.method = "container-stopped";
  }),
  broken(
    "demotion-fits-fences",
    "an unfenced store is called proved",
    (d) => {
      fenceOf(d, "redis").method = "accepted-unfenced";
      unplanned(d).acceptedUnfenced = { reason: "seen twice", operator: "sam", at: timestampAt(1500) };
    },
    stoppedByEngineEvidence,
  ),
  turnedOff("loss-bound-recomputed", "the bound is too small", (d) => (unplanned(d).lossBound.timescaledb.bytes = 0)),
  turnedOff("loss-bound-recomputed", "an unknown position gives zero", (d) => {
    Object.assign(unplanned(d).lossBound.timescaledb, { primaryLsn: null, bytes: 0 });
  }),
  turnedOff("loss-bound-recomputed", "a bound of less than nothing", (d) => {
    Object.assign(unplanned(d).lossBound.timescaledb, { primaryLsn: "0/3000000", bytes: 256 });
  }),
  turnedOff("received-not-less", "it was promoted with less", (d) => (d.postgres.receivedLsn = "0/30000F8")),
  turnedOff("recovery-recomputed", "it came back sooner than the samples say", (d) => {
    unplanned(d).recoveryMs.redis = 1960;
  }),
  turnedOff("probe-saw-failure", "what was seen is denied", (d) => (unplanned(d).probeSawFailure = false)),
  broken(
    "probe-saw-failure",
    "what was not seen is claimed",
    (d) => (unplanned(d).probeSawFailure = true),
    unseenFailureEvidence,
  ),
  turnedOff("unprotected-since-promotion", "the pair is unprotected since before the promotion", (d) => {
    unplanned(d).unprotectedSince = timestampAt(900);
  }),
  broken(
    "unprotected-since-promotion",
    "nothing was promoted",
    (d) => (unplanned(d).unprotectedSince = timestampAt(1951)),
    unplannedDryRunEvidence,
    { mode: "dry-run" },
  ),
  turnedOff("nothing-unknown", "nobody says since when it is unprotected", (d) => {
    unplanned(d).unprotectedSince = null;
  }),
  turnedOff("refused-stays-refused", "a refused demotion is called success", (d) => {
    const { failure } = stepAt(d, 2);
    if (failure) failure.refused = true;
  }),
  turnedOff("refused-stays-refused", "a refused drill promoted all the same", (d) => {
    const { failure } = stepAt(d, 2);
    if (failure) failure.refused = true;
    d.success = false;
  }),
];
