import type { StepStatus } from "../settings/steps";
import { STEPS } from "../settings/steps";
import type { EvidenceDocument, StepResult } from "./document";
import type { DocumentEnvValues } from "./env-contract";
import { roundToMicrosecond } from "./probe-summary";

/** What the `.env` says where nothing could be measured. Null is never zero. */
export const UNKNOWN = "unknown";

/** Every `.env` value but the checksum, derived from the document and nothing else. */
export function documentEnvValues(document: EvidenceDocument): DocumentEnvValues {
  const { drill } = document;
  return {
    FAILOVER_EVIDENCE_VERSION: String(document.version),
    FAILOVER_ID: drill.id,
    FAILOVER_NONCE: drill.nonce,
    FAILOVER_MODE: drill.mode,
    FAILOVER_KIND: drill.kind,
    FAILOVER_FROM_HOST: drill.fromHost,
    FAILOVER_TO_HOST: drill.toHost,
    FAILOVER_SUCCESS: String(document.success),
    FAILOVER_FAILED_STEP: document.failedStep ?? "",
    FAILOVER_STARTED_AT: drill.startedAt,
    FAILOVER_FINISHED_AT: drill.finishedAt,
    FAILOVER_DURATION_SECONDS: toSeconds(drill.durationMs),
    FAILOVER_OUTAGE_SECONDS: orUnknown(outageMs(document), toSeconds),
    DATA_SYNC_LAG_EVENTS: orUnknown(dataSyncLagEvents(document), String),
    ...stepStatuses(document.steps),
  };
}

/**
 * The longest outage any store's clients saw, in milliseconds; null when one of them was not measured, or the probe did
 * not see it begin.
 */
export function outageMs(document: EvidenceDocument): number | null {
  if (!probeSawItAll(document)) return null;
  const { probe } = document;
  const gaps = [probe?.timescaledb.longestGapMs ?? null, probe?.redis.longestGapMs ?? null];
  return gaps.reduce((longest, gap) => (longest === null || gap === null ? null : Math.max(longest, gap)));
}

/**
 * Executed: acknowledged events that the promoted side does not have, over both stores. Dry run: events the standby
 * is behind now. Null when either store's figure is not known, or the old primary failed before the probe wrote to it:
 * what was lost then, nobody has counted.
 */
export function dataSyncLagEvents(document: EvidenceDocument): number | null {
  const { drill, probe, lagBefore } = document;
  if (drill.mode === "dry-run") return addKnown(lagBefore?.timescaledb.events, lagBefore?.redis.events);
  if (!probeSawItAll(document)) return null;
  return addKnown(probe?.timescaledb.counts.lost, probe?.redis.counts.lost);
}

/** In an unplanned drill the primary may have failed before the probe was writing. */
export function probeSawItAll({ drill, unplanned }: EvidenceDocument): boolean {
  return drill.kind === "planned" || unplanned?.probeSawFailure === true;
}

/** First step's start to last step's end, in milliseconds to the microsecond; null without steps. */
export function durationOfSteps(steps: readonly StepResult[]): number | null {
  const [first, last] = [steps[0], steps.at(-1)];
  return first && last ? roundToMicrosecond(last.finishedAtMs - first.startedAtMs) : null;
}

function addKnown(left: number | null | undefined, right: number | null | undefined): number | null {
  return left == null || right == null ? null : left + right;
}

function toSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function orUnknown(value: number | null, render: (value: number) => string): string {
  return value === null ? UNKNOWN : render(value);
}

type StepKey = (typeof STEPS)[number]["evidenceKey"];

function stepStatuses(results: readonly StepResult[]): Record<StepKey, string> {
  const statuses = STEPS.map(({ name, evidenceKey }): [StepKey, StepStatus | ""] => [
    evidenceKey,
    results.find((result) => result.step === name)?.status ?? "",
  ]);
  return Object.fromEntries(statuses) as Record<StepKey, string>;
}
