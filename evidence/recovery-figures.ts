import type { EvidenceDocument, ProbeStoreEvidence, StepResult, Unplanned } from "./document";
import { lsnDistance, parseLsn } from "./lsn";
import { STORE_NAMES, type StoreName } from "../settings/services";
import { DEMOTION, PROMOTION, type StepName } from "../settings/steps";

/**
 * WAL bytes that the standby knew the primary to have and had not received. A standby that received more than it last
 * heard of lacks nothing that is known: 0. Null where either position is not known: null is never zero.
 */
export function lossBoundBytes(primaryLsn: string | null, receivedLsn: string | null): number | null {
  if (primaryLsn === null || receivedLsn === null) return null;
  const bytes = lsnDistance(parseLsn(receivedLsn), parseLsn(primaryLsn));
  return bytes > 0n ? Number(bytes) : 0;
}

/**
 * Milliseconds from `beganAtMs` to the first acknowledged event on `host` whose attempt began after `promotedAtMs`;
 * null when there was none.
 */
export function recoveryMs(
  { samples, endpoints }: Pick<ProbeStoreEvidence, "samples" | "endpoints">,
  { host, beganAtMs, promotedAtMs }: { host: string; beganAtMs: number; promotedAtMs: number },
): number | null {
  const at = samples.outcome.findIndex(
    (outcome, index) =>
      outcome === "a" &&
      endpoints[samples.endpoint[index] ?? -1] === host &&
      (samples.invokeMs[index] ?? -Infinity) >= promotedAtMs,
  );
  const endMs = samples.endMs[at];
  return at < 0 || endMs === null || endMs === undefined ? null : Math.round((endMs - beganAtMs) * 1000) / 1000;
}

/** Whether the probe had an acknowledgement of `host` before `beforeMs`: what was lost there can be counted from it. */
export function sawHostBefore(
  { samples, endpoints }: Pick<ProbeStoreEvidence, "samples" | "endpoints">,
  host: string,
  beforeMs: number,
): boolean {
  return samples.outcome.some(
    (outcome, index) =>
      outcome === "a" &&
      endpoints[samples.endpoint[index] ?? -1] === host &&
      (samples.endMs[index] ?? Infinity) <= beforeMs,
  );
}

type Steps = Pick<EvidenceDocument, "steps">;

/** The result of one step, if the document has it. */
export function stepOf({ steps }: Steps, name: StepName): StepResult | undefined {
  return steps.find((step) => step.step === name);
}

/** Name of the mark inside the promotion at which a store's promotion began. */
export function promotionMark(store: StoreName): string {
  return `promote-${store}`;
}

/** When the promotion of a store began, in milliseconds after the drill began; undefined without its mark. */
export function promotedAtMs(document: Steps, store: StoreName): number | undefined {
  return stepOf(document, PROMOTION)?.marks.find((mark) => mark.name === promotionMark(store))?.atMs;
}

type Told = Pick<EvidenceDocument, "drill" | "steps" | "probe">;

/** The figures of an unplanned drill that its samples and its marks give. */
export type RecoveryFigures = Pick<Unplanned, "recoveryMs" | "probeSawFailure">;

/** Computes what the raw samples say of an unplanned drill: its composer fills it in, the verifier computes it again. */
export function recoveryFigures(document: Told): RecoveryFigures {
  const { drill, steps, probe } = document;
  const fencingMs = stepOf({ steps }, DEMOTION)?.startedAtMs;
  const saw = (store: StoreName): boolean =>
    probe !== null && fencingMs !== undefined && sawHostBefore(probe[store], drill.fromHost, fencingMs);
  return {
    recoveryMs: { timescaledb: storeRecoveryMs(document, "timescaledb"), redis: storeRecoveryMs(document, "redis") },
    // Where one store's failure was not seen, the loss is not counted: of both, or not known.
    probeSawFailure: STORE_NAMES.every(saw),
  };
}

function storeRecoveryMs(document: Told, store: StoreName): number | null {
  const { drill, steps, probe } = document;
  const [began, promoted] = [steps[0]?.startedAtMs, promotedAtMs(document, store)];
  if (probe === null || began === undefined || promoted === undefined) return null;
  return recoveryMs(probe[store], { host: drill.toHost, beganAtMs: began, promotedAtMs: promoted });
}
