/** One setting with its value, and what it follows from, in words. */
export interface TunedSetting {
  readonly name: string;
  readonly value: string;
  readonly from: string;
}

/** What PostgreSQL has for its data, and how many connections share it. */
export interface TuningFacts {
  readonly memoryMib: number;
  /** Undefined where nobody said. */
  readonly cores: number | undefined;
  readonly connections: number;
}

/** PostgreSQL's own least for one sort; below it nothing is gained. */
const LEAST_WORK_MEM_MIB = 4;
const MOST_MAINTENANCE_MIB = 2047;
/** MiB that one sort gets for each GiB of memory, with as many connections as is usual, at two GiB a core. */
const SORT_MIB = 400;
/** What is not a parallel worker's: the workers of timescaledb and of the server itself. */
const OTHER_WORKERS = 3 + 8;
/** As `configs/timescaledb/postgresql.conf` has them: a standby must never have fewer than its primary, so they only grow. */
const USUAL_WORKERS = 24;

/**
 * What follows from memory and cores, by the rules of timescaledb-tune. None of what a standby must not have less of follows
 * from memory: those two change where an operator says so, since their order matters.
 */
export function tunedPostgres({ memoryMib, cores, connections }: TuningFacts): readonly TunedSetting[] {
  const memory = `memory limit of ${memoryMib} MiB`;
  const mib = (name: string, value: number, from: string): TunedSetting => ({
    name,
    value: `${Math.floor(value)}MB`,
    from,
  });
  // Without a word on cores: two GiB each.
  const shared = Math.max(1, Math.round((cores ?? memoryMib / 2048) / 2));
  const sort = ((memoryMib / 1024) * SORT_MIB) / connections / shared;
  const counted = cores === undefined ? "" : ` and ${cores} cores`;
  return [
    mib("shared_buffers", memoryMib / 4, memory),
    mib("effective_cache_size", (memoryMib * 3) / 4, memory),
    mib("maintenance_work_mem", Math.min(MOST_MAINTENANCE_MIB, Math.max(64, memoryMib / 8)), memory),
    mib("work_mem", Math.max(LEAST_WORK_MEM_MIB, sort), `${memory}${counted}, ${connections} connections`),
    ...(cores === undefined || cores < 2 ? [] : workers(cores)),
  ];
}

function workers(cores: number): readonly TunedSetting[] {
  const from = `${cores} cores`;
  return [
    { name: "max_worker_processes", value: String(Math.max(USUAL_WORKERS, OTHER_WORKERS + cores)), from },
    { name: "max_parallel_workers", value: String(cores), from },
    { name: "max_parallel_workers_per_gather", value: String(Math.round(cores / 2)), from },
  ];
}
