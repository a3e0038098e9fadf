import { messageOf } from "../../settings/user-error";
import type { Environment } from "../../settings/environment";
import { runHead } from "../bench/report";
import { bringUpPair } from "../host/bring-up-pair";
import { labPair, type LabPair } from "../host/lab-pair";
import type { Progress } from "../host/progress";
import { CHECKOUT } from "../host/project";
import { loadEnvironment } from "../../settings/load-environment";
import { readyPair } from "../host/pair-care";
import { doorsDown, doorsUp } from "./doors-up";
import { checkStrike } from "./strike-cell";
import type { Cell } from "./cell";
import type { CellRecord, MatrixReport } from "./record";
import { cellLine, runCell } from "./run-cell";

/** Which cells of the fault matrix are to be run, and what is known of the others. */
export interface MatrixPlan {
  readonly cells: readonly Cell[];
  /** What an earlier run has found out about other cells; it stays in the report. */
  readonly earlier: readonly CellRecord[];
  /** Ends the matrix after the cell that is under way. */
  readonly stop: AbortSignal;
}

/**
 * Runs cells one after the other, each from a healthy pair to a healthy pair. Where a cell names another environment file
 * the pair is brought up by that before it, and by the lab's own after the last of them.
 * @param order all cells there are: the report has them in this order
 * @param save receives the report after every cell, so that one that breaks off takes nothing with it
 * @throws UserError when the table names a fault that there is not, or the pair does not come up
 */
export async function runMatrix(
  environment: Environment,
  { cells, earlier, stop }: MatrixPlan,
  order: readonly Cell[],
  progress: Progress,
  save: (report: MatrixReport) => void,
): Promise<readonly CellRecord[]> {
  for (const cell of cells) [...cell.given, cell.strike].forEach(checkStrike);
  const lab = labPair(environment);
  const began = new Date();
  const stamp = Math.floor(began.getTime() / 1000).toString(36);
  const done: CellRecord[] = [];
  const records = (): readonly CellRecord[] =>
    inOrder([...earlier.filter((one) => done.every(({ id }) => id !== one.id)), ...done], order);
  const report = (): MatrixReport => ({
    ...runHead(environment, began),
    notRun: order.map(({ id }) => id).filter((id) => records().every((one) => one.id !== id)),
    cells: records(),
  });
  // What keeps the stacks from coming up, such as the lock of a run that was killed, is mended before the first cell.
  await lab.unlock();
  await bringUpPair(environment, progress).catch((error: unknown) => progress(messageOf(error)));
  const pairs = pairsOf(lab, progress);
  try {
    for (const [at, cell] of cells.entries()) {
      if (stop.aborted) break;
      const pair = await pairs.by(cell.environment);
      progress(`== ${at + 1}/${cells.length} ${cell.id}`);
      const record = await runCell(pair, cell, `matrix-${stamp}-${at + 1}`, (line) => progress(`   ${line}`));
      done.push(record);
      progress(`== ${at + 1}/${cells.length} ${cellLine(record)}`);
      save(report());
    }
  } finally {
    // The lab is left as it was, whatever came of the cells.
    await pairs.by(undefined);
  }
  return done;
}

/** The pair as a cell wants it: brought up by another environment file, and back, where that is not the one before. */
function pairsOf(lab: LabPair, progress: Progress): { readonly by: (file: string | undefined) => Promise<LabPair> } {
  let now: { readonly file: string; readonly pair: LabPair } | undefined;
  const ready = (pair: LabPair): Promise<unknown> =>
    readyPair(pair, progress, () => bringUpPair(lab.environment, progress)).catch((error: unknown) =>
      progress(messageOf(error)),
    );
  const leave = async (): Promise<void> => {
    if (now === undefined) return;
    await ready(now.pair);
    now = undefined;
    await doorsDown(lab, progress);
  };
  return {
    by: async (file) => {
      if (file === now?.file) return now?.pair ?? lab;
      await leave();
      if (file === undefined) return lab;
      // What the last cell has left in the declarations would keep `up` from beginning.
      await ready(lab);
      const pair = labPair(loadEnvironment(file, CHECKOUT));
      // Noted first: a pair that came up in part is brought back, too.
      now = { file, pair };
      await doorsUp(pair, file, progress);
      return pair;
    },
  };
}

function inOrder(records: readonly CellRecord[], order: readonly Cell[]): readonly CellRecord[] {
  const at = new Map(order.map(({ id }, index) => [id, index]));
  return records.filter(({ id }) => at.has(id)).sort((left, right) => (at.get(left.id) ?? 0) - (at.get(right.id) ?? 0));
}
