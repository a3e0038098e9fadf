import type { Credentials } from "../settings/credentials";
import type { Environment } from "../settings/environment";
import { FIRST_STEP, STEP_NAMES } from "../settings/steps";
import { isBackupCheck } from "./services/backup/next-command";
import { DrillClock } from "./hosts/clock";
import { composeEvidence } from "../evidence/compose-evidence";
import { drillTerms, noFacts, recorded, type StepOutput } from "../evidence/drill-facts";
import type { DrillRequest } from "../evidence/drill-request";
import type { Check, EvidenceDocument, Failure, StepResult } from "../evidence/document";
import { firstFailure } from "./hosts/swap-checks";
import { simulatePlanned } from "./planned/simulate-planned";
import { simulateUnplanned } from "./unplanned/simulate-unplanned";
import type { Simulation } from "./engine/drill-kind";
import { precheckNext, unreachableNext } from "./engine/step-recorder";
import { messageOf } from "../settings/user-error";

/**
 * The dry run: reads both hosts with the checks of the real drill, changes nothing, and says what each step would have
 * found. The evidence is of mode `dry-run`, its steps `simulated`, or `failed` where the real drill would stop.
 */
export async function simulateDrill(
  request: DrillRequest,
  environment: Environment,
  credentials: Credentials,
): Promise<EvidenceDocument> {
  const dryRun: DrillRequest = { ...request, mode: "dry-run" };
  const clock = DrillClock.start();
  const startedAt = new Date().toISOString();
  const facts = noFacts();
  let found: Partial<Simulation>;
  try {
    found =
      request.kind === "unplanned"
        ? await simulateUnplanned(request, environment, credentials, facts, clock)
        : await simulatePlanned(request, environment, credentials, facts);
  } catch (error) {
    const failure = { host: null, reason: messageOf(error), next: unreachableNext(request), undone: null };
    found = { stop: { step: FIRST_STEP, failure } };
  }

  const { checks, stop } = found;
  let stopped = false;
  const outputs = STEP_NAMES.map((step): StepOutput => {
    const seen = [...(checks?.[step] ?? [])];
    const failed =
      step === stop?.step
        ? stop.failure
        : failureOf(seen, step === FIRST_STEP ? precheckNext(seen, request) : "understudy status");
    const status = stopped ? "skipped" : failed ? "failed" : "simulated";
    stopped ||= failed !== undefined;
    const result: StepResult = {
      step,
      drillId: request.id,
      status,
      startedAt,
      finishedAt: new Date().toISOString(),
      originNs: clock.originNs,
      startedAtMs: 0,
      finishedAtMs: clock.now(),
      checks: seen,
      marks: [],
      failure: status === "failed" && failed ? failed : null,
      factsSha256: null,
    };
    return recorded({ result, facts }, drillTerms(dryRun, environment));
  });
  return composeEvidence(dryRun, environment, outputs);
}

function failureOf(checks: readonly Check[], otherwise: string): Failure | undefined {
  const failed = firstFailure(checks);
  const first = checks.find((one) => !one.ok)?.name ?? "";
  const next = isBackupCheck(first) ? "understudy backup check" : otherwise;
  return failed && { ...failed, next, undone: null };
}
