import { loadDeclaredEnvironment } from "../../settings/load-environment";
import { holdBackups, releaseBackups } from "../services/backup/hold-backups";
import { readBackupStates } from "../services/backup/read-backup-state";
import { rehearseRestores } from "../services/backup/rehearse-restores";
import type { DrillClock } from "../hosts/clock";
import type { Environment } from "../../settings/environment";
import { messageOf } from "../../settings/user-error";
import { noFacts } from "../../evidence/drill-facts";
import { askedServices } from "../../evidence/drill-request";
import type { DrillKind } from "../engine/drill-kind";
import { noTurns, type DrillRun, type Step, type StepOf } from "../engine/drill-run";
import { takeDrillLock } from "../hosts/drill-lock";
import { requireRights } from "../hosts/own-functions";
import { findingsRefusal } from "../hosts/findings/refuse-findings";
import { readPair } from "../hosts/pair-reading";
import { doorsOf, openDoor, type Doors } from "../hosts/doors";
import { openPair, type HostSessions } from "../hosts/sessions";
import { precheckChecks } from "../hosts/swap-checks";
import { prepareCarryOver } from "../services/data-sync/carry-over";
import { readTopology } from "../hosts/observe";
import type { StepInput } from "../engine/drill-run";
import { disarm } from "./arm";
import { backupSyncCheck } from "./backup-sync-check";
import { demotePrimary } from "./demote-primary";
import { finishProbe } from "./finish-probe";
import { precheck } from "./precheck";
import { readPairFindings } from "./read-findings";
import { promoteStandby } from "./promote-standby";
import { endServiceData } from "./service-data";
import { settleInterrupted } from "./settle-interrupted";
import { verify } from "./verify";

function passing(step: Step): StepOf<DrillRun> {
  return async (run, recorder) => {
    await step(run, recorder);
    return undefined;
  };
}

/** After an interruption nobody is kept waiting for a door: it opens by itself. */
async function openDoors(
  { clients }: Environment,
  from: HostSessions,
  to: HostSessions,
  mayBeMissing: boolean,
): Promise<Doors | undefined> {
  if (clients === undefined) return undefined;
  const opened = await Promise.allSettled([from, to].map(({ engine, host }) => openDoor(engine.docker, host.name)));
  const [first, second] = opened;
  if (first?.status === "fulfilled" && second?.status === "fulfilled") return doorsOf([first.value, second.value]);
  const failed = opened.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : []));
  for (const one of opened) if (one.status === "fulfilled") one.value.keeper.close();
  if (mayBeMissing) return undefined;
  throw new Error(`a door cannot be told anything: ${failed.join("; ")}; next: understudy up`);
}

async function open({ request, credentials, previous }: StepInput, clock: DrillClock): Promise<DrillRun> {
  const environment = loadDeclaredEnvironment(request.environmentFile);
  const { from, to, close } = await openPair(request, environment, credentials, {
    fromMayBeStopped: previous !== null,
  });
  const mayBeStopped = previous !== null;
  await Promise.all([
    ...[takeDrillLock(from, { mayBeStopped }), takeDrillLock(to)],
    ...[requireRights(from, { mayBeStopped }), requireRights(to)],
  ]).catch((error: unknown) => {
    close();
    throw error;
  });
  const doors = await openDoors(environment, from, to, mayBeStopped).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    request,
    environment,
    credentials,
    clock,
    from,
    to,
    facts: noFacts(),
    probe: undefined,
    armed: { pings: false, slot: false, jobs: false },
    restingJobs: [],
    noteRoles: undefined,
    redisSyncsBefore: { full: 0, partial: 0 },
    doors,
    clients: undefined,
    canary: undefined,
    carryOver: undefined,
    rehearsed: [],
    repositories: [],
    backups: {},
    carried: [],
    pendingWrites: [],
    turns: noTurns(),
    waiting: new Set(),
    calledOff: false,
    busySteps: 0,
    idleTimer: undefined,
  };
}

/**
 * No backup is taken any more, the newest ones are restored where nobody uses them, the repositories are read, and what of
 * the services' data never changes is copied ahead, however long that takes, before any clock of the drill runs: the stores' clients have none of it beside them in the drill. None of it where the stores
 * alone are asked for.
 */
async function prepare(run: DrillRun): Promise<void> {
  const { environment, credentials, from, request } = run;
  if (request.stores_only === true) return;
  const fit = await isFit(run);
  try {
    await holdBackups(environment);
    if (fit) run.carryOver = prepareCarryOver(run);
    [run.rehearsed, run.repositories] = await Promise.all([
      rehearseRestores(from, environment, credentials),
      readBackupStates(environment, {}, environment.backup?.check_mib ?? null),
      // Whether it came to its end `precheck` asks.
      run.carryOver?.prepared.catch(() => undefined),
    ]);
  } catch (error) {
    await releaseBackups(environment).catch(() => undefined);
    throw error;
  }
}

/** Whether nothing keeps the drill from beginning: nobody waits for a long copy only to be refused, `precheck` says why at once. */
async function isFit(run: DrillRun): Promise<boolean> {
  const { request, environment, from, to } = run;
  try {
    const [reading, findings] = await Promise.all([
      readPair(from, to, environment, { [request.toHost]: "primary" }, askedServices(request)),
      readPairFindings(run),
    ]);
    const checks = precheckChecks(reading, { drillId: request.id, from: from.host, to: to.host }, environment);
    return checks.every(({ ok }) => ok) && findingsRefusal(findings, request.kind) === undefined;
  } catch {
    return false;
  }
}

/** Nothing that the drill prepared stays behind, and its evidence has the probe's count and the roles as they stand. */
async function afterFailure(run: DrillRun): Promise<void> {
  const released = releaseBackups(run.environment).catch(() => undefined);
  await disarm(run);
  await run.doors?.release().catch(() => undefined);
  await finishProbe(run).catch(() => undefined);
  await endServiceData(run).catch(() => undefined);
  await released;
  run.facts.topologyAfter ??= await readTopology([run.from, run.to], { [run.to.host.name]: "primary" }).catch(
    () => null,
  );
}

/** Both hosts answer: the old primary is stopped cleanly and sealed, and nothing may be lost. */
export const plannedKind: DrillKind<"planned", DrillRun> = {
  kind: "planned",
  steps: {
    precheck: passing(precheck),
    "backup-sync-check": passing(backupSyncCheck),
    "demote-primary": passing(demotePrimary),
    "promote-standby": passing(promoteStandby),
    verify: passing(verify),
  },
  open,
  prepare,
  close: (run) => {
    const { probe, clients, canary, carryOver, doors, noteRoles, from, to } = run;
    void Promise.allSettled([
      probe?.abort(),
      clients?.abort(),
      canary?.abort(),
      carryOver?.end(),
      disarm(run),
      noteRoles?.(),
      doors?.release(),
    ]).then(() => {
      doors?.close();
      from.close();
      to.close();
    });
  },
  agents: ({ from, to }) => ({ from: from.agent, to: to.agent }),
  afterFailure,
  interrupted: settleInterrupted,
};
