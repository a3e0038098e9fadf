import { slotName } from "../../settings/names";
import { ifPossible, releaseAndRenewBackups } from "../services/backup/hold-backups";
import { bounded, pollUntil } from "../hosts/bounded";
import type { DrillRun, Step } from "../engine/drill-run";
import type { Check } from "../../evidence/document";
import { askedServices } from "../../evidence/drill-request";
import { hookNext, promotedHookChecks } from "../hosts/hooks";
import { openSql } from "../hosts/sessions";
import { readTopology } from "../hosts/observe";
import type { StepRecorder } from "../engine/step-recorder";
import { dropIdleSlot, identify, streamingTo } from "../hosts/postgres";
import { identifyRedis } from "../hosts/redis";
import { compareRedis } from "../hosts/redis-compare";
import { requireJobs } from "./background-jobs";
import { restoreReplicaPings } from "./redis-exchange";
import { finishProbe } from "./finish-probe";
import { healthChecks } from "../hosts/health-checks";
import { carryServiceData } from "./service-data";
import { STORE_NAMES } from "../../settings/services";

const STREAMS_MS = 60_000;
/** A host that is silent for so long in the middle of a drill is not waited for: whoever runs it wants to know. */
const ANSWER_MS = 5000;
const NEXT = "understudy status";

/**
 * Sees the old primary follow without rewind or full sync, reads every event back, carries the other services' data over
 * when the probe has ended, so that it is no part of the outage, and sees both hosts healthy.
 */
export const verify: Step = async (run, recorder) => {
  await Promise.all(run.pendingWrites);
  try {
    await allOf([
      run.doors?.release().catch(() => undefined),
      postgresFollows(run, recorder),
      redisFollows(run, recorder),
      requireJobs(run.restingJobs, run.to, recorder),
    ]);
    // The probe still writes: what this costs clients is measured.
    await run.noteRoles?.();
    recorder.mark("redis roles noted", null);
    const serviceData = await countEverything(run, recorder);
    const [healthy] = await allOf([
      healthChecks([run.from, run.to], run.environment, askedServices(run.request)),
      readRoles(run),
      renewBackups(run),
    ]);
    recorder.mark("all services healthy", null);
    recorder.require([...lossChecks(run), ...serviceData, ...healthy], NEXT);
    recorder.require(promotedHookChecks(run.facts, run.to.host.name), hookNext(run.to.host));
  } finally {
    await Promise.allSettled(run.pendingWrites);
  }
};

/** As Promise.all, but nothing of it is under way any more when it throws: what the first one in order threw. */
async function allOf<T extends readonly unknown[]>(works: [...T]): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/**
 * Reads the events back and, from the moment on in which the probe has stopped writing, brings the services' data over and
 * compares what both Redis hold.
 */
export async function countEverything(run: DrillRun, recorder: StepRecorder): Promise<Check[]> {
  const { to, from, facts } = run;
  const stopped = Promise.withResolvers<undefined>();
  const probed = finishProbe(run, () => stopped.resolve(undefined)).then(() =>
    recorder.mark("events read back", to.host.name),
  );
  await Promise.race([stopped.promise, probed]);
  recorder.mark("probe stopped", null);
  const compared = async (): Promise<void> => {
    facts.redis.contentCompared = await compareRedis(to.redis, from.redis);
    recorder.mark("redis contents compared", null);
  };
  const [, serviceData] = await allOf([probed, carryServiceData(run, recorder, probed), compared()]);
  return serviceData;
}

async function readRoles({ from, to, facts }: DrillRun): Promise<void> {
  facts.topologyAfter = await readTopology([from, to], { [to.host.name]: "primary" });
}

async function renewBackups({ environment, request }: DrillRun): Promise<void> {
  const renewed = releaseAndRenewBackups(environment);
  await (request.stores_only === true ? ifPossible(renewed) : renewed);
}

async function postgresFollows(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { from, to, facts } = run;
  const { reading } = await pollUntil(
    () => bounded(`${to.host.name}: PostgreSQL`, ANSWER_MS, streamingTo(to.sql, slotName(from.host.name))),
    (streaming) => streaming?.state === "streaming",
    { deadlineMs: STREAMS_MS, pauseMs: 20 },
  );
  recorder.require(
    [
      {
        name: "old primary streams",
        host: from.host.name,
        measured: reading?.state ?? null,
        limit: "streaming",
        ok: reading?.state === "streaming",
      },
    ],
    NEXT,
  );
  recorder.mark("old primary streams", from.host.name);
  const sql = await openSql(from.host, run.environment, run.credentials);
  from.sql = sql;
  const identity = await identify(sql);
  // Nothing in a planned swap calls pg_rewind; a server that follows with its own system identifier kept its data.
  facts.postgres.rewound = identity.systemIdentifier === facts.postgres.seal?.systemIdentifier ? false : null;
  await dropIdleSlot(sql, slotName(to.host.name));
}

async function redisFollows(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { from, to, facts } = run;
  const { reading } = await pollUntil(
    () => bounded(`${from.host.name}: Redis`, ANSWER_MS, identifyRedis(from.redis)),
    (identity) => identity.follows?.linkUp === true,
    { deadlineMs: STREAMS_MS, pauseMs: 20 },
  );
  const promoted = await bounded(`${to.host.name}: Redis`, ANSWER_MS, identifyRedis(to.redis));
  facts.redis.fullSyncs = promoted.fullSyncs - run.redisSyncsBefore.full;
  facts.redis.partialSyncs = promoted.partialSyncs - run.redisSyncsBefore.partial;
  recorder.mark("old redis follows", from.host.name);
  await restoreReplicaPings(run);
  run.armed = { pings: false, slot: false, jobs: false };
  recorder.require(
    [
      {
        name: "redis link up",
        host: from.host.name,
        measured: reading.follows?.linkUp ?? null,
        limit: true,
        ok: reading.follows?.linkUp === true,
      },
      {
        name: "redis full syncs",
        host: to.host.name,
        measured: facts.redis.fullSyncs,
        limit: 0,
        ok: facts.redis.fullSyncs === 0,
      },
    ],
    NEXT,
  );
}

function lossChecks({ facts, environment }: DrillRun): Check[] {
  const limit = environment.objectives.max_data_lag_events;
  const stores = STORE_NAMES.flatMap((store): Check[] => {
    const counts = facts.probe?.[store].counts;
    const zero = (name: "duplicated" | "phantom"): Check => {
      const measured = counts?.[name] ?? null;
      return { name: `${store} events ${name}`, host: null, measured, limit: 0, ok: measured === 0 };
    };
    const lost = counts?.lost ?? null;
    return [
      {
        name: `${store} acknowledged events lost`,
        host: null,
        measured: lost,
        limit,
        ok: lost !== null && lost <= limit,
      },
      zero("duplicated"),
      zero("phantom"),
    ];
  });
  const compared = facts.redis.contentCompared;
  const differing = compared?.differing ?? null;
  const undecided = compared === null ? null : (compared.undecided ?? 0);
  return [
    ...stores,
    { name: "redis keys that differ", host: null, measured: differing, limit: 0, ok: differing === 0 },
    { name: "redis keys not compared", host: null, measured: undecided, limit: 0, ok: undecided === 0 },
  ];
}
