import { describeStoresOnly } from "../../drills/services/data-sync/describe-stores-only";
import type { ServiceContinuity } from "../../evidence/continuity";
import type { EvidenceDocument } from "../../evidence/document";
import { broken, unexpected, type NegativeCase } from "./negative-case";
import { dryRunEvidence, plannedEvidence, record, unplannedEvidence } from "./valid-evidence";

function ofStores(document: EvidenceDocument): EvidenceDocument {
  const { drill, probe } = document;
  drill.storesOnly = true;
  if (drill.mode === "execute") document.continuity = describeStoresOnly({ kind: drill.kind, probe, host: "host-b" });
  return record(document);
}

/** A switchover of the two stores only, in which everything held. */
export const storesOnlyEvidence = (): EvidenceDocument => ofStores(plannedEvidence());
/** A failover of the two stores only. */
export const storesOnlyFailover = (): EvidenceDocument => ofStores(unplannedEvidence());
/** A dry run of a switchover of the two stores only. */
export const storesOnlyDryRun = (): EvidenceDocument => ofStores(dryRunEvidence());

const ASKED = { storesOnly: true } as const;

function loki(document: EvidenceDocument): ServiceContinuity {
  const found = document.continuity?.services.find(({ service }) => service === "loki");
  if (found === undefined) throw new Error("nothing of loki");
  return found;
}

/** A case of a switchover of the two stores only, which is asked for. */
function told(what: string, change: (document: EvidenceDocument) => void): NegativeCase {
  return broken("stores-only-told", what, change, storesOnlyEvidence, ASKED);
}

const whole = (): ServiceContinuity => loki(plannedEvidence());

/** Evidence of the two stores only that nobody asked for, or that claims more than the two stores. */
export const STORES_ONLY_CASES: readonly NegativeCase[] = [
  unexpected("expected-services", "a switchover of the stores, taken for a whole one", {}, storesOnlyEvidence),
  unexpected("expected-services", "a failover of the stores, taken for a whole one", {}, storesOnlyFailover),
  unexpected("expected-services", "a dry run of the stores", { mode: "dry-run" }, storesOnlyDryRun),
  told("it does not say so of a service", (d) => (loki(d).notCarried = null)),
  told("it says another reason of a service", (d) => {
    loki(d).notCarried = { why: "no-backups", detail: "an invented reason", ownDataUntil: null };
  }),
  told("it says so of a store", (d) => {
    const store = d.continuity?.services.find(({ service }) => service === "redis");
    if (store) store.notCarried = loki(d).notCarried ?? null;
  }),
  told("it claims to have carried a service over", (d) => (loki(d).carried = whole().carried)),
  told("it claims a backup", (d) => (loki(d).backup = whole().backup)),
  told("it claims a restore", (d) => (loki(d).restore = whole().restore)),
  told("it claims to have counted", (d) => (loki(d).counted = whole().counted)),
  told("it claims a canary", (d) => {
    if (d.continuity) d.continuity.canary = plannedEvidence().continuity?.canary ?? null;
  }),
  told("it says nothing of any service", (d) => delete d.continuity),
  broken("stores-only-told", "a whole switchover leaves a service out", (d) => {
    Object.assign(loki(d), { carried: null, notCarried: loki(storesOnlyEvidence()).notCarried });
  }),
  broken("data-carried", "a whole switchover leaves a service out", (d) => {
    Object.assign(loki(d), { carried: null, notCarried: loki(storesOnlyEvidence()).notCarried });
  }),
  broken(
    "facts-of-this-run",
    "its terms are taken away afterwards",
    (d) => delete d.drill.storesOnly,
    storesOnlyEvidence,
  ),
  broken("facts-of-this-run", "a whole drill is called one of the stores", (d) => (d.drill.storesOnly = true)),
];
