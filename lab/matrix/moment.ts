import { existsSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { DATABASE, volumeName } from "../../settings/names";
import { PRECHECK, PROMOTION, VERIFICATION, type StepName } from "../../settings/steps";
import { hostPids } from "../host/cgroup";
import { hostProcesses } from "../faults/host-processes";
import { holdReplayInCut, type HeldReplay } from "../faults/pause-replay";
import type { LabHost } from "../host/layout";
import { attempt } from "../host/run";
import { waitUntil } from "../host/wait";
import type { Cell, Moment } from "./cell";
import type { DrillProcess } from "./drill-process";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** Longest a drill may take to come to its moment, milliseconds: a command, an engine and its program start before it. */
const COME_TO_IT_MS = 240_000;
const LOOK_MS = 2;
/** From the server's end until the seal has been read: that takes milliseconds, and the cut is held open for seconds. */
const SEALED_MS = 300;

/** Folder with the state of a store's boot guard, on the host's own disk. */
function guardFolder(host: LabHost, service: StoreName): string {
  return path.join(host.dataRoot, "volumes", volumeName(service), "_data/understudy");
}

/** Whether a boot guard of the host holds a store, as the file says that it keeps beside the data. A host that is off holds nothing. */
export function isHeld(host: LabHost): boolean {
  if (hostPids(host).length === 0) return false;
  return STORE_NAMES.some((service) => {
    try {
      return readFileSync(path.join(guardFolder(host, service), "status"), "utf8").startsWith("held");
    } catch {
      return false;
    }
  });
}

/** The journal entry on the promoted host that tells of a moment; the cut of a planned drill has none. */
const SIGNS: Readonly<Record<Cell["kind"], Partial<Record<Moment, StepName>>>> = {
  planned: { armed: PRECHECK, promoted: VERIFICATION },
  unplanned: { armed: PRECHECK, "in-the-cut": PROMOTION, promoted: VERIFICATION },
};

/** Where a drill is followed: its hosts, before their roles change. */
export interface Followed {
  readonly environment: Environment;
  readonly credentials: Credentials;
  readonly drillId: string;
  readonly drill: DrillProcess;
  readonly from: LabHost;
  readonly to: LabHost;
}

/** A drill that has come to its moment and stays there until it is let go on. */
export interface AtMoment {
  readonly goOn: () => Promise<void>;
}

/**
 * Waits until the drill is where the fault is to strike, and keeps it there. Between two steps its provider is stopped for that time; in
 * the cut of a planned drill the standby's replay is, so that the drill itself waits for it, 5 s at most.
 * @returns undefined when the drill ended before that, or did not come to it
 */
export async function awaitMoment(
  cell: Pick<Cell, "kind" | "moment">,
  followed: Followed,
): Promise<AtMoment | undefined> {
  const sign = SIGNS[cell.kind][cell.moment];
  return sign === undefined ? awaitCut(followed) : awaitSign(sign, followed);
}

async function awaitSign(step: StepName, { drill, drillId, to }: Followed): Promise<AtMoment | undefined> {
  if (!(await noted(step, { drill, drillId, to }))) return undefined;
  drill.freeze(true);
  return {
    goOn: () => {
      drill.freeze(false);
      return Promise.resolve();
    },
  };
}

async function noted(
  step: StepName,
  { drill, drillId, to }: Pick<Followed, "drill" | "drillId" | "to">,
): Promise<boolean> {
  const file = path.join(guardFolder(to, "timescaledb"), "journal", `${drillId}.${step}`);
  await waitUntil(() => existsSync(file) || drill.isOver(), COME_TO_IT_MS, LOOK_MS);
  return existsSync(file);
}

async function awaitCut(followed: Followed): Promise<AtMoment | undefined> {
  const { drill, from, to } = followed;
  const held = await holdReplayInCut(followed, from.name, to.name);
  const stopped = (): boolean => hostProcesses(from, ["postgres"]).length === 0;
  await waitUntil(() => stopped() || drill.isOver(), COME_TO_IT_MS, LOOK_MS);
  const goOn = (): Promise<void> =>
    resumeReplay(held, to).finally(() => {
      held.close();
    });
  if (!stopped()) {
    await goOn();
    return undefined;
  }
  await sleep(SEALED_MS);
  return { goOn };
}

/**
 * By the session that is open, and from inside the container where that is cut off, without the host's engine: it may be what was
 * struck. A server that is gone has forgotten its pause.
 */
async function resumeReplay(held: HeldReplay, to: LabHost): Promise<void> {
  const sql = "select pg_wal_replay_resume() where pg_is_in_recovery() and pg_is_wal_replay_paused()";
  await Promise.race([held.resume(), sleep(1000, undefined, { ref: false })]);
  const pid = hostProcesses(to, ["postgres"]).at(0)?.pid;
  // As the server's own user: that is whom it lets in without a password.
  const owner = statSync(`/proc/${pid ?? "none"}`, { throwIfNoEntry: false })?.uid;
  if (pid === undefined || owner === undefined) return;
  const who = ["--target", String(pid), "--mount", "--setuid", String(owner)];
  const inside = [...who, "psql", "-U", "postgres", "-d", DATABASE, "-c", sql];
  await attempt("nsenter", inside, { timeoutMs: 3_000 });
}
