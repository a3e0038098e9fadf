import path from "node:path";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import { backupNow } from "../../../drills/services/backup/backup-now";
import { chooseBackup, listBackups } from "../../../drills/services/backup/backups";
import type { ComparedSwap } from "./backups-series";
import { awaitReadiness } from "../readiness";
import { runSeries } from "../run-series";
import { labPair } from "../../host/lab-pair";
import { LAB_HOSTS } from "../../host/layout";
import type { Progress } from "../../host/progress";
import { stackConfigFile } from "../../host/project";
import { LabError } from "../../host/run";
import { waitUntil } from "../../host/wait";
import { bringUp } from "../../../operator/failover/bring-up";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";
import { messageOf } from "../../../settings/user-error";

const RENEWED_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Makes sure that every service of `host` has a backup that was begun after `sinceMs`, epoch milliseconds: the next swap restores them
 * first, and what was carried over in the last one is in none before. Those that the containers take by themselves are waited for.
 * @throws LabError naming what is missing after 10 min, and the last reason
 */
export async function renewBackups(environment: Environment, host: string, sinceMs: number): Promise<void> {
  // A backup tells its beginning in whole seconds.
  const since = Math.floor(sinceMs / 1000) * 1000;
  let missing: readonly ServiceName[] = SERVICE_NAMES;
  let why = "";
  const renewed = await waitUntil(
    async () => {
      try {
        const backups = await listBackups(environment, host);
        missing = SERVICE_NAMES.filter(
          (service) => !(Date.parse(chooseBackup(backups, service)?.begunAt ?? "") >= since),
        );
        // One that is being taken already is not taken twice: this fails then, and is looked for again.
        for (const service of missing) await backupNow(environment, host, service);
        return missing.length === 0;
      } catch (error) {
        why = messageOf(error);
        return false;
      }
    },
    RENEWED_MS,
    LOOK_MS,
  );
  if (renewed) return;
  throw new LabError(`no new backup of ${missing.join(", ")} of ${host}: ${why}; next: understudy backup check`);
}

/** Lets both of the lab's stacks declare this environment file; nothing is brought up yet. */
export function declareEnvironment(file: string): void {
  for (const { stack } of LAB_HOSTS) {
    const config = stackConfigFile(stack);
    const document = parseDocument(readFileSync(config, "utf8"));
    document.setIn(["config", "understudy:environment"], file);
    writeFileSync(`${config}.new`, document.toString(), { mode: 0o600 });
    renameSync(`${config}.new`, config);
  }
}

/** Swaps of one kind before the other kind has its turn: there and back. */
const BLOCK = 2;
const PRIMARY_MS = 30_000;
/** A drill looks back 45 s for the scrapes of a target: by then one that was taken away is no longer missed. */
const SCRAPES_FORGOTTEN_MS = 60_000;

/** One of the two ways in which the lab is declared. */
export interface DeclaredLab {
  readonly file: string;
  readonly environment: Environment;
}

/** How many switchovers with backups and without, where their evidence goes, and what ends them early. */
export interface AlternatingPlan {
  readonly withBackups: DeclaredLab;
  readonly without: DeclaredLab;
  /** Swaps of each kind. */
  readonly count: number;
  readonly stamp: string;
  readonly folder: string;
  readonly stop: AbortSignal;
}

/** Declares the lab this way and brings it up, until a dry run finds it ready. @throws UserError or LabError when it does not come up */
export async function standAs(lab: DeclaredLab, folder: string, drillId: string, progress: Progress): Promise<void> {
  declareEnvironment(lab.file);
  await bringUp(lab.environment, progress);
  await awaitReadiness(lab.environment, path.join(folder, `${drillId}.env`), drillId, progress);
}

/** The host that is primary now. @throws LabError when none is, or both are */
export async function primaryOf({ environment }: DeclaredLab): Promise<string> {
  const primary = await labPair(environment).becomesPrimary(PRIMARY_MS);
  if (primary === null) throw new LabError("neither host is primary of both stores; next: understudy status");
  return primary;
}

/**
 * Swaps with backups and swaps without, in blocks that alternate in one run, so that whatever else the machine does meets both. With
 * backups each service of the new primary has a fresh one before the next swap.
 * @throws UserError or LabError when the pair cannot be brought up as declared
 */
export async function alternateSwaps(plan: AlternatingPlan, progress: Progress): Promise<readonly ComparedSwap[]> {
  const { count, stamp, folder, stop } = plan;
  const swaps: ComparedSwap[] = [];
  const goesOn = (): boolean => !stop.aborted;
  for (let block = 1; (block - 1) * BLOCK < count && goesOn(); block += 1) {
    const size = Math.min(BLOCK, count - (block - 1) * BLOCK);
    // Each kind begins every other block, so that none is always the one after a bring-up of the other.
    for (const withBackups of block % 2 === 1 ? [true, false] : [false, true]) {
      const name = withBackups ? "with-backups" : "without-backups";
      const lab = withBackups ? plan.withBackups : plan.without;
      const changed = Date.now();
      await standAs(lab, folder, `bench-${stamp}-${name}-${block}-dry`, progress);
      if (withBackups) await renewBackups(lab.environment, await primaryOf(lab), changed);
      else if (swaps.at(-1)?.withBackups === true) await sleep(SCRAPES_FORGOTTEN_MS);
      for (let turn = 1; turn <= size && goesOn(); turn += 1) {
        const began = Date.now();
        const series = `${name}-${block}-${turn}`;
        const records = await runSeries(lab.environment, { name: series, count: 1, stamp, folder, stop }, progress);
        swaps.push(...records.map((record) => ({ ...record, block, withBackups })));
        const promoted = records.at(-1)?.toHost ?? null;
        if (withBackups && promoted !== null && turn < size) await renewBackups(lab.environment, promoted, began);
      }
    }
  }
  return swaps;
}
