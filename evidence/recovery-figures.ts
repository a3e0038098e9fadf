import { STORE_NAMES, type StoreName } from "../settings/services";
import type { EvidenceDocument, Unplanned } from "./document";
import { recoveryMs, sawHostBefore } from "./recovery";
import { promotedAtMs, stepOf } from "./step-moments";

type Told = Pick<EvidenceDocument, "drill" | "steps" | "probe">;

/** The figures of an unplanned drill that its samples and its marks give. */
export type RecoveryFigures = Pick<Unplanned, "recoveryMs" | "probeSawFailure">;

/** Computes what the raw samples say of an unplanned drill: its composer fills it in, the verifier computes it again. */
export function recoveryFigures(document: Told): RecoveryFigures {
  const { drill, steps, probe } = document;
  const fencingMs = stepOf({ steps }, "demote-primary")?.startedAtMs;
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
