import { statfsSync } from "node:fs";
import { freemem } from "node:os";
import path from "node:path";
import { asSession } from "../../../drills/hosts/local-postgres";
import type { Credentials } from "../../../settings/credentials";
import { LAB_FOLDER } from "../../../settings/lab-folder";
import { messageOf } from "../../../settings/user-error";
import { LAB_HOSTS } from "../../host/layout";
import type { Progress } from "../../host/progress";
import { primaryOf, type DeclaredLab } from "../backups/alternate-swaps";
import type { FieldPlan } from "../clients/run-clients";
import { onServer } from "../clients/shop";
import {
  credentialsIn,
  declareAgain,
  declareAndUp,
  declaredFile,
  declaredLab,
  loadAverage,
  otherFile,
} from "../declare-lab";
import { awaitReadiness } from "../readiness";
import { runHead } from "../report";
import { runSeries } from "../run-series";
import { emptyPostgres, fillPostgres } from "./fill-postgres";
import { emptyRedis, fillRedis } from "./fill-redis";
import { redisLimitMib, stepName, stepsOf, whySkipped, type Room, type SizeStep } from "./size-plan";
import { sizeReport, type SizeReport, type SizeRun } from "./size-report";

const MIB = 1024 * 1024;

/** Sizes to measure at. */
export interface SizesPlan extends FieldPlan {
  readonly gibs: readonly number[];
  readonly keys: readonly number[];
}

function freeMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / MIB);
}

/** Room that the machine has now. */
function roomNow(): Room {
  return {
    hostDiskMib: Math.min(...LAB_HOSTS.map(({ disk }) => freeMib(disk))),
    machineDiskMib: freeMib(LAB_FOLDER),
    memoryMib: Math.floor(freemem() / MIB),
  };
}

/** The lab with a memory limit of Redis that holds so many keys: the same one where its limit does already. */
function labFor(lab: DeclaredLab, { store, size }: SizeStep): DeclaredLab {
  const { services } = lab.environment;
  const wanted = store === "redis" ? redisLimitMib(size) : 0;
  if (services.redis.memory_mib >= wanted) return lab;
  // Of the file's own values only: those that it is completed with are none that it may name.
  const { image } = services.redis;
  const file = otherFile("size", lab.file, (text) => {
    const own = (text["services"] ?? {}) as Readonly<Record<string, object>>;
    return { services: { ...own, redis: { image, ...own["redis"], memory_mib: wanted } } };
  });
  return declaredLab(file);
}

/** A run of the series, as it goes on. */
class Sizes {
  #keys = 0;
  /** As many may be there where a filling broke off. */
  #tried = 0;
  #stands: DeclaredLab;

  constructor(
    private readonly lab: DeclaredLab,
    private readonly credentials: Credentials,
    private readonly plan: SizesPlan,
    private readonly progress: Progress,
  ) {
    this.#stands = lab;
  }

  async standAs(lab: DeclaredLab): Promise<void> {
    const { folder, stamp } = this.plan;
    await declareAndUp(lab, this.progress);
    this.#stands = lab;
    await awaitReadiness(lab.environment, path.join(folder, "dry-run.env"), `bench-${stamp}-dry`, this.progress);
  }

  /** Grows the store to its size and switches over there. A size that cannot be reached is left out, and says why. */
  async run(step: SizeStep): Promise<SizeRun> {
    const nothing = { ...step, reached: null, swaps: [] };
    const skipped = whySkipped(step, roomNow());
    if (skipped !== null) return { ...nothing, skipped };
    let reached: number;
    try {
      const lab = labFor(this.lab, step);
      if (lab.file !== this.#stands.file && lab.environment.services.redis.memory_mib > this.#limit)
        await this.standAs(lab);
      reached = await this.#fill(step);
    } catch (error) {
      return { ...nothing, skipped: `it was not reached: ${messageOf(error)}` };
    }
    const { stamp, folder, stop, count } = this.plan;
    const name = `size-${step.store === "redis" ? "keys" : "gib"}-${step.size}`;
    const swaps = await runSeries(this.#stands.environment, { name, count, stamp, folder, stop }, this.progress);
    return { ...step, skipped: null, reached, swaps };
  }

  get #limit(): number {
    return this.#stands.environment.services.redis.memory_mib;
  }

  async #fill({ store, size }: SizeStep): Promise<number> {
    const { environment } = this.#stands;
    const primary = await primaryOf(this.#stands);
    this.progress(`filling up to ${stepName({ store, size })}`);
    if (store === "timescaledb")
      return onServer(environment, primary, (sql) => fillPostgres(asSession(sql), size, this.progress));
    const wanted = { have: this.#keys, keys: size };
    this.#tried = size;
    const reached = await fillRedis(environment, this.credentials, primary, wanted, this.progress);
    this.#keys = size;
    return reached;
  }

  /** Takes away what was filled. */
  async empty(store: SizeStep["store"]): Promise<void> {
    const { environment } = this.#stands;
    const primary = await primaryOf(this.#stands);
    if (store === "timescaledb") await onServer(environment, primary, (sql) => emptyPostgres(asSession(sql)));
    else await emptyRedis(environment, this.credentials, primary, this.#tried);
  }
}

/**
 * Measures whether a switchover takes longer with more data: PostgreSQL grows and is emptied, then Redis grows. What does not
 * fit is left out, with the reason. The lab is declared as before when it ends.
 * @param save receives the report after every size
 * @throws UserError or LabError when the pair does not come up
 */
export async function runSize(
  plan: SizesPlan,
  progress: Progress,
  save: (report: SizeReport) => void,
): Promise<SizeReport> {
  const [began, loadAverageBefore] = [new Date(), loadAverage()];
  const lab = declaredLab(plan.file);
  const runs: SizeRun[] = [];
  const report = (): SizeReport =>
    sizeReport(
      runHead(lab.environment, began),
      { environmentFile: plan.file, loadAverageBefore, asked: plan.count },
      runs,
    );
  const before = declaredFile();
  const sizes = new Sizes(lab, await credentialsIn(lab.environment), plan, progress);
  try {
    await sizes.standAs(lab);
    for (const store of ["timescaledb", "redis"] as const)
      try {
        for (const step of stepsOf(plan.gibs, plan.keys).filter((one) => one.store === store)) {
          if (plan.stop.aborted) break;
          const one = await sizes.run(step);
          runs.push(one);
          if (one.skipped !== null) progress(`${stepName(one)}: left out, ${one.skipped}`);
          save(report());
        }
      } finally {
        progress(`taking away what ${store} was filled with`);
        await sizes.empty(store);
      }
    return report();
  } finally {
    await declareAgain(before, progress);
  }
}
