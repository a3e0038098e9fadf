import type { Step } from "../drill-run";
import { readLag } from "../pair-reading";
import { syncChecks } from "../swap-checks";

/** Compares the standby's lag on both stores with the objectives, under the probe's writes. Changes nothing. */
export const backupSyncCheck: Step = async (run, recorder) => {
  const { lag, streaming } = await readLag(run.from, run.to);
  run.facts.lagBefore = lag;
  recorder.require(syncChecks({ lag, streaming }, run.to.host.name, run.environment), "understudy status");
};
