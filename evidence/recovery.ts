import type { ProbeStoreEvidence } from "./document";

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
