import { readSigningKey } from "../../evidence/attestation/key-files";
import { writeEvidence } from "../../evidence/write-evidence";
import { DRILL_TARGET } from "../../operator/failover/drill-target";
import { watchEngine } from "../../operator/failover/engine-events";
import { readLeftFiles } from "../../operator/failover/settle";
import { bounded } from "../../drills/hosts/bounded";
import { messageOf } from "../../settings/user-error";
import type { LabPair } from "../host/lab-pair";

const RUN_MS = 240_000;

/**
 * Runs an interrupted drill again, by the same id and as the documentation says: `pulumi cancel`, then `pulumi up` of the promoted stack's drill;
 * `understudy settle` first where the killed engine has left a state that cannot be read.
 * Writes the evidence that this run leaves.
 * @returns what it ended with, in words; undefined when it was a success
 */
export async function runAgain(
  pair: LabPair,
  { drillId, to, outputFile }: { readonly drillId: string; readonly to: string; readonly outputFile: string },
): Promise<string | undefined> {
  const { stacks } = await pair.stacks();
  const stack = stacks.find((one) => one.host.name === to)?.stack;
  if (stack === undefined) throw new Error(`no stack declares ${to}`);
  const left = await readLeftFiles(pair.environment);
  if (left.some(({ torn }) => torn.length > 0)) await pair.unlock();
  else await stack.cancel().catch(() => undefined);
  const engine = watchEngine();
  const problem = await bounded(
    "pulumi up",
    RUN_MS,
    stack.up({ onEvent: engine.onEvent, target: [DRILL_TARGET] }),
  ).then(
    () => undefined,
    (error: unknown) => engine.complaints()[0] ?? messageOf(error),
  );
  const evidence = engine.evidence();
  if (evidence?.document.drill.id === drillId) {
    await writeEvidence(outputFile, evidence.document, await readSigningKey(pair.environment));
  }
  return problem;
}
