import type { ServiceContinuity } from "../../evidence/continuity";
import type { EvidenceDocument } from "../../evidence/document";
import { countService, countsOf } from "../../evidence/service-counts";
import type { FurtherService } from "../../evidence/service-terms";
import { broken, type NegativeCase } from "./negative-case";
import { continuedFromBackupEvidence } from "./unplanned-data";
import { plannedEvidence, record } from "./valid-evidence";

/** A service that no verifier knows, as a drill of its environment declares it. */
export const MAILBOX: FurtherService = {
  ...{ service: "mailbox", promise: "sync", units: ["letters"], missingAllowed: 0, carried: "join" },
};

function toldLike(document: EvidenceDocument, service: string): ServiceContinuity {
  const told = document.continuity?.services.find((one) => one.service === service);
  if (told === undefined) throw new Error(`nothing of ${service}`);
  return told;
}

/** A document whose drill declares the mailbox, and tells of it what it tells of Loki. */
function withMailbox(document: EvidenceDocument, promise: FurtherService["promise"]): EvidenceDocument {
  document.drill.furtherServices = [{ ...MAILBOX, promise }];
  document.services.push({ host: document.drill.toHost, service: "mailbox", image: "mailbox:1", standIn: null });
  document.continuity?.services.push({
    ...structuredClone(toldLike(document, "loki")),
    ...{ service: "mailbox", promise, counted: [countService("letters", "of an invented drill", [1, 2], [1, 2])] },
  });
  return record(document);
}

/** A planned drill of an environment with a service more, in which everything held. */
export function furtherEvidence(): EvidenceDocument {
  return withMailbox(plannedEvidence(), "sync");
}

/** The same of an unplanned drill, whose services continue with the newest backups. */
export function furtherUnplannedEvidence(): EvidenceDocument {
  return withMailbox(continuedFromBackupEvidence(), "backup");
}

function mailbox(document: EvidenceDocument): ServiceContinuity {
  return toldLike(document, "mailbox");
}

function without(document: EvidenceDocument, service: string): void {
  const { continuity } = document;
  if (continuity) continuity.services = continuity.services.filter((one) => one.service !== service);
}

function further(rule: string, what: string, change: (document: EvidenceDocument) => void): NegativeCase {
  return broken(rule, what, change, furtherEvidence);
}

/** Evidence that tells of other services than the first ones and those that its terms declare. */
export const FURTHER_SERVICES_CASES: readonly NegativeCase[] = [
  further("services-complete", "a declared service is not told of", (d) => without(d, "mailbox")),
  further("services-complete", "one of the first is not told of, beside a declared one", (d) => without(d, "redis")),
  further("services-complete", "a service is told of that is not declared", (d) => delete d.drill.furtherServices),
  broken("services-complete", "a service is told of where none is declared", (d) => {
    d.continuity?.services.push({ ...structuredClone(toldLike(d, "loki")), service: "mailbox" });
  }),
  further("services-complete", "another promise than declared", (d) => (mailbox(d).promise = "mirrored")),
  further("services-complete", "another unit than declared", (d) => {
    mailbox(d).counted = [countService("parcels", "of an invented drill", [1], [1])];
  }),
  further("services-kept-data", "a declared service misses more than its terms allow", (d) => {
    const [count] = mailbox(d).counted;
    if (!count?.numbers) throw new Error("no numbers");
    count.numbers.found = [[1, 1]];
    count.counts = countsOf(count.numbers);
  }),
  further("data-carried", "a declared service's data were not carried", (d) => (mailbox(d).carried = null)),
  further("facts-of-this-run", "a service is declared afterwards", (d) => {
    d.drill.furtherServices?.push({ ...MAILBOX, service: "archive" });
  }),
  broken(
    "unplanned-data-told",
    "nothing is said of a declared service",
    (d) => (mailbox(d).carried = null),
    furtherUnplannedEvidence,
  ),
  further("services-declared", "an image of a service that is not declared", (d) => {
    d.services.push({ host: "host-b", service: "archive", image: "archive:1", standIn: null });
  }),
  broken("services-declared", "an image where nothing is declared", (d) => {
    d.services.push({ host: "host-b", service: "mailbox", image: "mailbox:1", standIn: null });
  }),
  further("services-declared", "no image of a declared service", (d) => void d.services.pop()),
  further("services-declared", "no image of it on one of two hosts", (d) => {
    d.services.push({ host: "host-a", service: "redis", image: "redis:1", standIn: null });
  }),
  further("services-declared", "a service is declared twice", (d) => d.drill.furtherServices?.push({ ...MAILBOX })),
  further("services-declared", "one of the first is declared, with less", (d) => {
    d.drill.furtherServices?.push({ ...MAILBOX, service: "loki", missingAllowed: 9 });
  }),
  further("services-declared", "nothing is told of what any service kept", (d) => delete d.continuity),
  further("document-schema", "an empty declaration", (d) => (d.drill.furtherServices = [])),
  further("document-schema", "a name that no service has", (d) => (mailbox(d).service = "Mail box")),
];
