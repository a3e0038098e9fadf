import { backupChecks } from "../services/backup/check-backups";
import { readBackupStates } from "../services/backup/read-backup-state";
import { backupsOf, restoreChecks } from "../services/backup/rehearse-restores";
import type { DrillRun, Step } from "../engine/drill-run";
import type { StepRecorder } from "../engine/step-recorder";
import { readLag } from "../hosts/pair-reading";
import { syncChecks } from "../hosts/swap-checks";

/**
 * Compares the standby's lag on both stores, and both hosts' backups, with the objectives, and says what restoring the
 * newest ones gave. Changes nothing.
 */
export const backupSyncCheck: Step = async (run, recorder) => {
  const { environment, from, to, request } = run;
  if (request.stores_only === true) return storesKeepUp(run, recorder);
  const states = readBackupStates(
    environment,
    { [from.host.name]: from.sql, [to.host.name]: to.sql },
    environment.backup?.check_mib ?? null,
    run.repositories,
  );
  const { lag, streaming } = await readLag(from, to);
  run.facts.lagBefore = lag;
  const now = Date.now();
  run.backups = backupsOf(run.rehearsed, environment, now);
  const backups = [
    ...(await states).flatMap((one) => backupChecks(one, environment, now)),
    ...restoreChecks(run.rehearsed, to.host.name),
  ];
  recorder.require(syncChecks({ lag, streaming }, to.host.name, environment), "understudy status");
  recorder.require(backups, "understudy backup check");
};

/** The standby's lag alone, where nothing is asked of the backups. */
async function storesKeepUp({ environment, from, to, facts }: DrillRun, recorder: StepRecorder): Promise<void> {
  const { lag, streaming } = await readLag(from, to);
  facts.lagBefore = lag;
  recorder.require(syncChecks({ lag, streaming }, to.host.name, environment), "understudy status");
}
