import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { LabError } from "../host/run";
import { waitUntil } from "../host/wait";
import { scriptCommand, startContainerJob } from "./container-job";
import { PGBENCH_RATE } from "./bench-table";
import { LoadMeter, type LoadDone } from "./load-meter";

/** Longest the load runs, whatever becomes of the benchmark. */
const LOAD_SECONDS = 3600;
const STARTS_MS = 30_000;

const POSTGRES = { script: "pgbench.sh", container: containerName("timescaledb") } as const;
const REDIS = { script: "redis-benchmark.sh", container: containerName("redis") } as const;

/** The load of both stores while it runs. */
export interface RunningLoad {
  /** Ends it, removes its tables and keys, and says what it got done. */
  stop(): Promise<LoadDone>;
}

/**
 * Starts pgbench and redis-benchmark on both hosts, in a database and on keys of their own. The one beside a standby waits, so after a
 * swap the load goes on where the primary is. It is bounded in rate and time, and ends when this process does.
 * @throws LabError when one of the two has got nothing done after 30 s
 */
export async function startLoad(environment: Environment): Promise<RunningLoad> {
  const engines = namedHosts(environment).map((host) => connectEngine(host));
  const meter = new LoadMeter();
  const close = (): void => engines.forEach((engine) => engine.close());
  try {
    await everywhere(engines, [POSTGRES], "prepare");
    const jobs = await Promise.all(
      engines.flatMap(({ docker }) => [
        startContainerJob(docker, POSTGRES.container, words(POSTGRES.script, "run"), (line) => meter.read(line)),
        startContainerJob(docker, REDIS.container, words(REDIS.script, "run"), (line) => meter.read(line)),
      ]),
    );
    const began = performance.now();
    const stop = async (): Promise<LoadDone> => {
      const done = meter.done((performance.now() - began) / 1000);
      await Promise.all(jobs.map((job) => job.stop()));
      try {
        await everywhere(engines, [POSTGRES, REDIS], "remove");
      } finally {
        close();
      }
      return done;
    };
    if (await waitUntil(() => meter.bothRun, STARTS_MS)) return { stop };
    const { pgbenchTransactions, redisBenchmarkRequests } = await stop();
    throw new LabError(
      `the load did not start within ${STARTS_MS / 1000} s: ${pgbenchTransactions} transactions of pgbench, ${redisBenchmarkRequests} requests of redis-benchmark; next: understudy lab status`,
    );
  } catch (error) {
    close();
    throw error;
  }
}

function words(script: string, job: "prepare" | "run" | "remove"): string[] {
  const limits = script === POSTGRES.script ? [String(PGBENCH_RATE), String(LOAD_SECONDS)] : [String(LOAD_SECONDS)];
  return scriptCommand(script, [job, ...limits]);
}

async function everywhere(
  engines: readonly HostEngine[],
  stores: readonly (typeof POSTGRES | typeof REDIS)[],
  job: "prepare" | "remove",
): Promise<void> {
  await Promise.all(
    engines.flatMap(({ docker }) =>
      stores.map(({ script, container }) => runInContainer(docker, container, words(script, job))),
    ),
  );
}
