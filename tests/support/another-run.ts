import type { EvidenceDocument } from "../../evidence/document";
import { record } from "./valid-evidence";

const DAY_MS = 86_400_000;

/**
 * A second genuine run between the same hosts: the day after, with another zero of its clock, on other timelines and
 * positions, with other words and figures wherever two runs differ. It is as valid as the first.
 */
export function anotherRun(document: EvidenceDocument, id: string): EvidenceDocument {
  const other = laterTexts(document) as EvidenceDocument;
  const { postgres, redis, lagBefore, probe, unplanned } = other;
  Object.assign(other.drill, { id, nonce: "gate-8" });
  for (const step of other.steps) {
    Object.assign(step, { drillId: id, originNs: "167673645000000" });
    for (const check of step.checks) check.measured = 4;
  }
  if (postgres.seal) postgres.seal.timeline += 2;
  if (postgres.newTimeline !== null) postgres.newTimeline += 2;
  redis.replicationId = "ffffffff1155b71f4a04d3e1bc3e18c4a990aeeb";
  if (lagBefore) lagBefore.timescaledb.replayBytes = 256;
  for (const fence of other.fences) fence.provedAtMs -= 0.5;
  for (const signal of unplanned?.signals ?? []) signal.atMs += 0.5;
  if (probe) probe.intervalMs += 1;
  if (other.continuity?.canary) other.continuity.canary.pagesWatchedMs += 1;
  for (const service of other.services) service.image = "timescaledb:next";
  other.objectives.maxFailoverSeconds -= 1;
  other.versions.postgres = "15.9";
  return record(other);
}

/** Every time a day later, every WAL position further on. */
function laterTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(laterTexts);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, laterTexts(member)]));
  }
  if (typeof value !== "string") return value;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return new Date(Date.parse(value) + DAY_MS).toISOString();
  return value.replace(/^0\/3/, "0/5");
}
