import { loadDeclaredEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";
import { STORE_NAMES } from "../../settings/services";
import { DEMOTION, PRECHECK, STEP_NAMES, type StepName } from "../../settings/steps";
import { bounded } from "../hosts/bounded";
import type { DrillClock } from "../hosts/clock";
import { noFacts } from "../../evidence/drill-facts";
import type { DrillKind } from "../engine/drill-kind";
import { noTurns } from "../engine/drill-run";
import { takeDrillLock } from "../hosts/drill-lock";
import { requireRights } from "../hosts/own-functions";
import { connectEngine, type HostEngine } from "../hosts/engine";
import { readJournal } from "../hosts/journal";
import { openSessions } from "../hosts/sessions";
import { observePair } from "../hosts/observe";
import type { StepInput, StepReturn } from "../engine/drill-run";
import { backupSyncCheck } from "./backup-sync-check";
import { fencePrimary } from "./fence-primary";
import { precheck } from "./precheck";
import { promoteStandby } from "./promote-standby";
import { verify } from "./verify";
import { openStandbyEyes } from "./standby-look";
import { finishUnplannedProbe, startRunProbe } from "./run-probe";
import type { UnplannedRun } from "./unplanned-run";

/**
 * Only the host to be promoted has to answer; of the other one nothing is expected. What its findings are read with is opened
 * ahead, beside the rest.
 */
async function open({ request, credentials }: StepInput, clock: DrillClock): Promise<UnplannedRun> {
  const environment = loadDeclaredEnvironment(request.environmentFile);
  const { self: oldHost } = viewFrom(environment, request.fromHost);
  const to = await openSessions(viewFrom(environment, request.toHost).self, environment, credentials);
  const [eyes] = await Promise.all([openStandbyEyes(to), takeDrillLock(to), requireRights(to), to.local.warm(2)]).catch(
    (error: unknown) => {
      to.close();
      throw error;
    },
  );
  const engine = connectEngine(oldHost);
  return {
    request,
    environment,
    credentials,
    clock,
    to,
    old: {
      host: oldHost,
      engine,
      engineAnswers: answers(engine, environment.policy.primary_gone_after_seconds * 1000),
    },
    eyes,
    beganAtMs: 0,
    fencingBeganAtMs: 0,
    promotedAtMs: {},
    facts: noFacts(),
    probe: undefined,
    pendingWrites: [],
    turns: noTurns(),
    waiting: new Set(),
    calledOff: false,
    busySteps: 0,
    idleTimer: undefined,
  };
}

/** Asked over one connection for each store: they are open when the stores are fenced. */
function answers({ docker }: HostEngine, withinMs: number): Promise<boolean> {
  return bounded("Docker engine", withinMs, Promise.all(STORE_NAMES.map(() => docker.ping()))).then(
    () => true,
    () => false,
  );
}

/** Where nothing was promoted there is nothing to count: a standing probe is let go, and is there for the next drill. */
async function endProbe(run: UnplannedRun): Promise<void> {
  if (Object.keys(run.promotedAtMs).length > 0) return finishUnplannedProbe(run);
  const { probe } = run;
  run.probe = undefined;
  await probe?.abort();
}

async function afterFailure(run: UnplannedRun): Promise<void> {
  await endProbe(run).catch(() => undefined);
  const { old, to, environment, credentials } = run;
  run.facts.topologyAfter ??= await observePair([old.host, to.host], environment, credentials, {}).catch(() => null);
}

/** Every step may be done again: what the earlier run found out is taken over, what it proved is proved again. */
async function resume(run: UnplannedRun, step: StepName): Promise<undefined> {
  for (const name of STEP_NAMES.slice(0, STEP_NAMES.indexOf(step))) {
    const entry = await readJournal(run.to.agent, run.request.id, name);
    if (entry?.state !== "done") continue;
    const { facts, result } = entry.result as StepReturn;
    run.facts = facts;
    if (name === PRECHECK) run.beganAtMs = result.startedAtMs;
    if (name === DEMOTION) run.fencingBeganAtMs = result.startedAtMs;
    for (const { name: mark, atMs } of result.marks) {
      if (mark === "promote-timescaledb") run.promotedAtMs.timescaledb = atMs;
      if (mark === "promote-redis") run.promotedAtMs.redis = atMs;
    }
  }
  await startRunProbe(run, `resumed-${Date.now()}`);
  return undefined;
}

/** The primary is gone: it is fenced, not asked, and what it had acknowledged last may be lost. */
export const unplannedKind: DrillKind<"unplanned", UnplannedRun> = {
  kind: "unplanned",
  steps: {
    precheck,
    "backup-sync-check": backupSyncCheck,
    "demote-primary": fencePrimary,
    "promote-standby": promoteStandby,
    verify,
  },
  open,
  close: ({ probe, to, old, eyes }) => {
    void probe?.abort();
    eyes.close();
    to.close();
    old.engine.close();
  },
  agents: ({ to }) => ({ to: to.agent }),
  afterFailure,
  interrupted: resume,
};
