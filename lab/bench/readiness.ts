import { runFailover } from "../../operator/failover/failover";
import { plannedDrill } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import type { Progress } from "../host/progress";
import { LabError } from "../host/run";
import { waitUntil } from "../host/wait";

/** How long services may take, after a bring-up, until a dry run finds them all ready. */
const READY_MS = 90_000;

/**
 * Asks by dry run until the pair is ready for a drill; a dry run changes nothing, and its id stays unused.
 * @param outputFile where the evidence of the last dry run goes
 * @throws LabError with the last reason when the pair is not ready after 90 s
 */
export async function awaitReadiness(
  environment: Environment,
  outputFile: string,
  drillId: string,
  progress: Progress,
): Promise<void> {
  let reason = "";
  const ready = await waitUntil(
    async () => {
      progress("dry run: is the pair ready for a drill?");
      const { document } = await runFailover({
        environment,
        outputFile,
        to: undefined,
        drill: plannedDrill(drillId, "dry-run"),
      });
      reason = document.steps.find((one) => one.failure !== null)?.failure?.reason ?? "no reason is in the evidence";
      return document.success;
    },
    READY_MS,
    2000,
  );
  if (!ready) throw new LabError(`the pair is not ready for a drill: ${reason}; next: understudy status`);
}
