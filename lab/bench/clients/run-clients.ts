import { UserError } from "../../../settings/user-error";
import type { Credentials } from "../../../settings/credentials";
import type { Progress } from "../../host/progress";
import { awaitReadiness } from "../readiness";
import { primaryOf, type DeclaredLab } from "../backups/alternate-swaps";
import { credentialsIn, declareAgain, declareAndUp, declaredFile, declaredLab, loadAverage } from "../declare-lab";
import { runHead } from "../report";
import { judgeClients, summarizeClients } from "./clients-summary";
import type { ClientsReport } from "./clients-text";
import { measureRest } from "./measure-rest";
import { restCosts, type RestCost } from "./rest-cost";
import { runTurns } from "./run-turns";
import { closeShop, openShop } from "./shop";
import type { ClientsTurn } from "./turn-record";
import path from "node:path";

/** What a series with clients at the doors is run with. */
export interface FieldPlan {
  /** The environment file: the lab with doors. */
  readonly file: string;
  readonly count: number;
  readonly stamp: string;
  /** Folder for the evidence of every switchover. */
  readonly folder: string;
  readonly stop: AbortSignal;
  /** Transactions a second, at most, over both doors; the series' own when undefined. */
  readonly rate?: number | undefined;
}

/** The lab with doors, and what its sessions need. @throws UserError when the stacks have no certificates */
export async function labWithDoors(file: string): Promise<{ lab: DeclaredLab; credentials: Credentials }> {
  const lab = declaredLab(file);
  const credentials = await credentialsIn(lab.environment);
  if (credentials.clients === undefined)
    throw new UserError(
      "the lab's stacks have no certificates, which doors show to PostgreSQL",
      `understudy certificates --env-config ${file} --execute`,
      3,
    );
  return { lab, credentials };
}

/** Brings the lab with doors up, until a dry run finds it ready. @returns what was declared before */
export async function standWithDoors(
  lab: DeclaredLab,
  { folder, stamp }: FieldPlan,
  progress: Progress,
): Promise<string> {
  const before = declaredFile();
  await declareAndUp(lab, progress);
  await awaitReadiness(lab.environment, path.join(folder, "dry-run.env"), `bench-${stamp}-dry`, progress);
  return before;
}

/**
 * Measures what clients at the doors see of switchovers, and what the doors cost at rest. The lab is declared as before when
 * it ends.
 * @param save receives the report after every switchover
 * @throws UserError or LabError when there are no doors, or the pair does not come up
 */
export async function runClients(
  plan: FieldPlan,
  progress: Progress,
  save: (report: ClientsReport) => void,
): Promise<ClientsReport> {
  const began = new Date();
  const loadAverageBefore = loadAverage();
  const { lab, credentials } = await labWithDoors(plan.file);
  const { environment } = lab;
  let rest: readonly RestCost[] = [];
  const reportOf = (switchovers: readonly ClientsTurn[]): ClientsReport => {
    const summary = summarizeClients(switchovers, plan.count);
    return {
      ...runHead(environment, began),
      ...{ name: "clients", environmentFile: plan.file, loadAverageBefore, rest, summary },
      ...{ aims: judgeClients(summary), switchovers },
    };
  };
  const before = await standWithDoors(lab, plan, progress);
  try {
    const primary = await primaryOf(lab);
    const shopPassword = await openShop(environment, primary);
    rest = restCosts(await measureRest(environment, credentials, shopPassword, primary, progress));
    save(reportOf([]));
    const turns = await runTurns(
      { ...plan, name: "clients", lab, credentials, shopPassword, before: [] },
      progress,
      (soFar) => save(reportOf(soFar)),
    );
    await closeShop(environment, await primaryOf(lab));
    return reportOf(turns);
  } finally {
    await declareAgain(before, progress);
  }
}
