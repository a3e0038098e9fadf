import { runFailover, type FailoverOutcome, type FailoverWatch } from "../../operator/failover/failover";
import { readVerifyingKey } from "../../evidence/attestation/key-files";
import { readBundle } from "../../evidence/attestation/read-bundle";
import { readEvidence } from "../../evidence/read-evidence";
import type { WrittenEvidence } from "../../evidence/write-evidence";
import type { Expectations } from "../../evidence/verify/rule";
import { verifyEvidence, type Verdict } from "../../evidence/verify/verify-evidence";
import { verifySignedEvidence } from "../../evidence/verify/verify-signed";
import { plannedDrill } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { bringUpPair } from "./bring-up-pair";
import { LAB_FILES } from "./layout";

/** One drill of a rehearsal and what the verifier said of its evidence. */
export interface RehearsedDrill {
  readonly name: string;
  readonly outcome: FailoverOutcome;
  readonly verdict: Verdict;
}

/** How long to wait between a bring-up and the first drill for services that are slow to say they are ready. */
const SETTLE_ATTEMPTS = 20;
const SETTLE_MS = 2000;

/**
 * The whole product in one go: both stacks up, a dry run, a swap, and the swap back, each verified.
 * It stops after the first drill that fails or is refused.
 */
export async function rehearse(
  environment: Environment,
  outputFile: (name: string) => string,
  watch: FailoverWatch,
  environmentFile?: string,
): Promise<readonly RehearsedDrill[]> {
  await bringUpPair(environment, (words) => watch.phase?.(words));
  const drills: RehearsedDrill[] = [];
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();
  for (const name of ["dry-run", "there", "back"]) {
    const execute = name !== "dry-run";
    watch.phase?.(execute ? `executed switchover, ${name}` : "dry run");
    let drill = await rehearseOne(environment, outputFile(name), `${stamp}-${name}`, execute, watch, environmentFile);
    for (let attempt = 1; !execute && !drill.outcome.document.success && attempt < SETTLE_ATTEMPTS; attempt += 1) {
      watch.phase?.("not every service is ready yet");
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      drill = await rehearseOne(environment, outputFile(name), `${stamp}-${name}`, execute, watch, environmentFile);
    }
    drills.push({ ...drill, name });
    if (!drill.outcome.document.success || drill.verdict.verdict !== "accepted") break;
  }
  return drills;
}

async function rehearseOne(
  environment: Environment,
  file: string,
  drillId: string,
  execute: boolean,
  watch: FailoverWatch,
  environmentFile: string | undefined,
): Promise<Omit<RehearsedDrill, "name">> {
  const outcome = await runFailover(
    {
      ...{ environment, outputFile: file, to: undefined, ...(environmentFile !== undefined && { environmentFile }) },
      drill: plannedDrill(drillId, execute ? "execute" : "dry-run"),
    },
    watch,
  );
  const verdict = await judge(outcome.files, {
    mode: execute ? "execute" : "dry-run",
    maxFailoverSeconds: environment.objectives.max_failover_seconds,
    maxDataLagEvents: execute
      ? environment.objectives.max_data_lag_events
      : environment.objectives.max_lag_events_before_swap,
    nonce: null,
    freshness: null,
  });
  return { outcome, verdict };
}

/** The verdict on evidence as it was written, with its signature by the lab's key when it has one. */
async function judge({ envPath, bundlePath }: WrittenEvidence, expectations: Expectations): Promise<Verdict> {
  const reading = await readEvidence(envPath);
  if (bundlePath === null) return verifyEvidence(reading, expectations);
  const signature = { bundle: await readBundle(bundlePath), key: await readVerifyingKey(LAB_FILES.signingPublicKey) };
  return verifySignedEvidence(reading, signature, expectations);
}
