import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seconds, type Progress } from "../../host/progress";
import type { DeclaredLab } from "../backups/alternate-swaps";
import type { FieldPlan } from "../clients/run-clients";
import { declareAgain, declareAndUp, declaredFile, declaredLab, loadAverage } from "../declare-lab";
import { awaitReadiness } from "../readiness";
import { runHead } from "../report";
import { runSeries } from "../run-series";
import { blockSizes, compareStores, judgeComparison, kindsOfBlock, type ComparedTurn } from "./compare-labs";
import type { CompareReport } from "./compare-text";
import { judgeIdle, type IdleContainer } from "./idle-cost";
import { measureIdle } from "./measure-idle";
import { withWatchers } from "./with-watchers";

/** A drill looks back 45 s for the scrapes of a target: by then one that was taken away is no longer missed. */
const SCRAPES_FORGOTTEN_MS = 60_000;
/** So many failures in a row end a series: the pair needs a person. */
const GIVE_UP_AFTER = 2;

/** Two labs that are compared, in blocks that take turns in one run. */
export interface ComparePlan extends FieldPlan {
  readonly series: "tls" | "agents";
  /** What it is compared with. */
  readonly against: string;
  /** Switchovers of one kind in a row. */
  readonly block: number;
}

/**
 * Switches over in one lab and in the other, block by block, so that whatever else the machine does meets both. The lab is
 * declared as before when it ends.
 * @param save receives the report after every switchover
 * @throws UserError or LabError when the pair does not come up as declared
 */
export async function runCompare(
  plan: ComparePlan,
  progress: Progress,
  save: (report: CompareReport) => void,
): Promise<CompareReport> {
  const began = new Date();
  const loadAverageBefore = loadAverage();
  const against = declaredLab(plan.against);
  const asked = declaredLab(plan.file);
  const measured = plan.series === "agents" ? withWatchers(asked, progress) : asked;
  const turns: ComparedTurn[] = [];
  let idle: readonly IdleContainer[] | null = null;
  const report = (): CompareReport => {
    const stores = compareStores(turns);
    return {
      ...runHead(measured.environment, began),
      ...{ name: plan.series, environmentFile: plan.file, againstFile: plan.against, loadAverageBefore },
      ...{ asked: plan.count, block: plan.block, stores, idle },
      aims: [...judgeComparison(stores, turns, plan.count), ...(plan.series === "agents" ? judgeIdle(idle ?? []) : [])],
      switchovers: [...turns],
    };
  };
  const goesOn = (): boolean =>
    !plan.stop.aborted &&
    (turns.length < GIVE_UP_AFTER || turns.slice(-GIVE_UP_AFTER).some(({ failure }) => failure === null));
  const before = declaredFile();
  let stands: DeclaredLab | undefined;
  try {
    for (const [at, size] of blockSizes(plan.count, plan.block).entries())
      for (const kind of kindsOfBlock(at + 1)) {
        if (!goesOn()) continue;
        const lab = kind ? measured : against;
        if (stands !== lab) await standAs(lab, plan, progress);
        stands = lab;
        if (plan.series === "agents" && kind && idle === null) idle = await measureIdle(lab.environment, progress);
        for (let turn = 1; turn <= size && goesOn(); turn += 1) {
          const name = `${plan.series}-${kind ? "measured" : "against"}-${at + 1}-${turn}`;
          const series = { name, count: 1, stamp: plan.stamp, folder: plan.folder, stop: plan.stop };
          const records = await runSeries(lab.environment, series, progress);
          turns.push(...records.map((record) => ({ ...record, block: at + 1, measured: kind })));
          save(report());
        }
      }
    return report();
  } finally {
    await declareAgain(before, progress);
  }
}

/** Both kinds wait as long, whatever was taken away before. */
async function standAs(lab: DeclaredLab, { folder, stamp }: FieldPlan, progress: Progress): Promise<void> {
  const began = performance.now();
  await declareAndUp(lab, progress);
  await sleep(SCRAPES_FORGOTTEN_MS);
  const drillId = `bench-${stamp}-${path.basename(lab.file, ".yaml")}-dry`;
  await awaitReadiness(lab.environment, path.join(folder, `${drillId}.env`), drillId, progress);
  progress(`${lab.file} stands after ${seconds(performance.now() - began)}`);
}
