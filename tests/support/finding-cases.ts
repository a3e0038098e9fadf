import type { EvidenceDocument } from "../../evidence/document";
import type { FindingsEvidence, ServerFinding } from "../../evidence/findings";
import { broken, type NegativeCase } from "./negative-case";
import { dryRunEvidence, record, plannedEvidence, timestampAt, unplannedEvidence } from "./valid-evidence";

/** A finding that refuses a switchover, and only there. */
export const DELAYED: ServerFinding = {
  key: "replay-delayed",
  store: "timescaledb",
  host: "host-b",
  severity: "refused",
  detail: "recovery_min_apply_delay is 5 min",
  next: "psql -c 'alter system set recovery_min_apply_delay = 0'",
};

/** Rows that are lost, and with which an operator may go on. */
export const UNLOGGED: ServerFinding = {
  key: "unlogged-rows",
  store: "timescaledb",
  host: "host-a",
  severity: "refused",
  detail: "shop: public.fast",
  next: "understudy switchover --to host-b --lose-unlogged --execute",
};

/** A finding that only says something. */
export const DATABASES: ServerFinding = {
  key: "other-databases",
  store: "redis",
  host: "host-b",
  severity: "noted",
  detail: "databases 5 (3 keys)",
  next: null,
};

/** What was found, as a document has it. */
export function findings(listed: readonly ServerFinding[], accepted: readonly string[] = []): FindingsEvidence {
  return { readAt: timestampAt(200), listed: [...listed], accepted: [...accepted] };
}

/** A switchover over rows that its operator gave up, with something noted beside it. */
export function knowinglyLostEvidence(): EvidenceDocument {
  return record({ ...plannedEvidence(), findings: findings([UNLOGGED, DATABASES], ["unlogged-rows"]) });
}

/** Evidence that went on with what it found, or says too little of it. */
export const FINDING_CASES: readonly NegativeCase[] = [
  broken("no-refused-finding", "replay was delayed", (document) => (document.findings = findings([DELAYED]))),
  broken(
    "no-refused-finding",
    "a dry run found a delay, and says that all is well",
    (document) => (document.findings = findings([DELAYED])),
    dryRunEvidence,
    { mode: "dry-run" },
  ),
  broken("no-refused-finding", "the operator's word does not take it away", (document) => {
    document.findings = findings([DELAYED], ["replay-delayed"]);
  }),
  broken("no-refused-finding", "a finding that this version does not know was refused", (document) => {
    document.findings = findings([{ ...DELAYED, key: "of-a-later-version" }]);
  }),
  broken(
    "no-refused-finding",
    "a failover went on over what refuses it",
    (document) => (document.findings = findings([{ ...DELAYED, key: "read-only-by-default" }])),
    unplannedEvidence,
  ),
  broken("lost-only-by-a-word", "rows of unlogged tables, and no word", (document) => {
    document.findings = findings([UNLOGGED]);
  }),
  broken("finding-as-in-the-table", "a refused finding is noted", (document) => {
    document.findings = findings([{ ...UNLOGGED, severity: "noted" }], ["unlogged-rows"]);
  }),
];
