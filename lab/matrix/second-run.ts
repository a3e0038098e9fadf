import { readSigningKey } from "../../drills/evidence/attestation/key-files";
import { writeEvidence } from "../../drills/evidence/write-evidence";
import { watchEngine } from "../../drills/failover/engine-events";
import { openStacks } from "../../drills/failover/pair-stacks";
import { bounded } from "../../drills/bounded";
import { messageOf } from "../../drills/user-error";
import type { Environment } from "../../settings/environment";

const RUN_MS = 240_000;

/**
 * Runs an interrupted drill again, by the same id and as the documentation says: `pulumi cancel`, then `pulumi up` of the promoted stack.
 * Writes the evidence that this run leaves.
 * @returns what it ended with, in words; undefined when it was a success
 */
export async function runAgain(
  environment: Environment,
  { drillId, to, outputFile }: { readonly drillId: string; readonly to: string; readonly outputFile: string },
): Promise<string | undefined> {
  const { stacks } = await openStacks(environment);
  const stack = stacks.find((one) => one.host.name === to)?.stack;
  if (stack === undefined) throw new Error(`no stack declares ${to}`);
  await stack.cancel().catch(() => undefined);
  const engine = watchEngine();
  const problem = await bounded("pulumi up", RUN_MS, stack.up({ onEvent: engine.onEvent })).then(
    () => undefined,
    (error: unknown) => engine.complaints()[0] ?? messageOf(error),
  );
  const evidence = engine.evidence();
  if (evidence?.document.drill.id === drillId) {
    await writeEvidence(outputFile, evidence.document, await readSigningKey(environment));
  }
  return problem;
}
