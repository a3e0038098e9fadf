import type { Environment } from "../../../settings/environment";
import { UserError } from "../../../settings/user-error";
import type { Progress } from "../../host/progress";
import { primaryOf } from "../backups/alternate-swaps";
import { firstRunOf, JOURNAL } from "../clients/client-loads";
import { labWithDoors, standWithDoors, type FieldPlan } from "../clients/run-clients";
import { runTurns } from "../clients/run-turns";
import { closeShop, onServer, openShop } from "../clients/shop";
import type { ClientsTurn } from "../clients/turn-record";
import { declareAgain } from "../declare-lab";
import { runHead } from "../report";
import { expectedRows, soakReport, type FinalCount, type SoakReport } from "./soak-report";

/** Counting millions of rows takes longer than a session's own bound, milliseconds. */
const COUNT_MS = 600_000;

async function countAll(environment: Environment, primary: string, turns: readonly ClientsTurn[]): Promise<FinalCount> {
  const counts = await onServer(environment, primary, async (sql) => {
    const { rows } = await sql.query<{ rows: number; numbers: number }>({
      text: `select coalesce(sum(rows), 0)::int as rows, coalesce(sum(numbers), 0)::int as numbers from
        (select count(*) as rows, count(distinct n) as numbers from ${JOURNAL} group by run, client) one`,
      query_timeout: COUNT_MS,
    } as unknown as string);
    return rows[0] ?? { rows: 0, numbers: 0 };
  });
  return { ...counts, expected: expectedRows(turns) };
}

/**
 * Many switchovers with clients at the doors, whose events all stay in the database until the end. What was measured is
 * written after each, and a run that was stopped goes on.
 * @param found what an earlier command has measured of it
 * @throws UserError when the lab does not hold what was written before: it was made anew
 */
export async function runSoak(
  plan: FieldPlan,
  found: SoakReport | undefined,
  progress: Progress,
  save: (report: SoakReport) => void,
): Promise<SoakReport> {
  const began = found === undefined ? new Date() : new Date(found.startedAt);
  const { lab, credentials } = await labWithDoors(plan.file);
  const { environment } = lab;
  const done = found?.switchovers ?? [];
  const asked = found?.asked ?? plan.count;
  const commands = [...(found?.commands ?? []), { startedAt: new Date().toISOString(), after: done.length }];
  const reportOf = (turns: readonly ClientsTurn[], final: FinalCount | null = null): SoakReport =>
    soakReport(runHead(environment, began), { environmentFile: plan.file, asked, commands }, turns, final);
  const before = await standWithDoors(lab, plan, progress);
  try {
    const primary = await primaryOf(lab);
    if (done.length === 0) await closeShop(environment, primary);
    const shopPassword = await openShop(environment, primary);
    if (done.length > 0) {
      // A turn that was broken off is run again: its rows are nobody's.
      const next = firstRunOf((done.at(-1)?.turn ?? 0) + 1);
      await onServer(environment, primary, (sql) => sql.query(`delete from ${JOURNAL} where run >= ${next}`));
      refuseOtherLab(await countAll(environment, primary, done), done.length);
    }
    const turns = await runTurns(
      { ...plan, count: asked, name: "soak", lab, credentials, shopPassword, before: done },
      progress,
      (soFar) => save(reportOf(soFar)),
    );
    if (turns.length < asked) return reportOf(turns);
    const last = await primaryOf(lab);
    const final = await countAll(environment, last, turns);
    save(reportOf(turns, final));
    await closeShop(environment, last);
    return reportOf(turns, final);
  } finally {
    await declareAgain(before, progress);
  }
}

/** @throws UserError, exit code 3, when rows that were there are not there any more */
function refuseOtherLab({ numbers, expected }: FinalCount, switchovers: number): void {
  if (expected === null || numbers >= expected) return;
  throw new UserError(
    `after ${switchovers} switchovers ${expected} rows were there, and this lab has ${numbers}: it was made anew, or lost them`,
    "understudy lab bench --series soak, with another --output-file",
    3,
  );
}
