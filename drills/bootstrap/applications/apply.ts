import { DATABASE } from "../../../settings/names";
import type { LocalSession } from "../../hosts/local-postgres";
import { planApplications, type ApplicationsPlan } from "./plan";
import { readServer, type OpenDatabase } from "./read";
import type { Step, Wanted } from "./step";

/** What was made, and what is not as declared. */
export interface Applied {
  /** In words, in the order in which it was done. */
  readonly made: readonly string[];
  /** How it is now: without steps, unless there are conflicts. */
  readonly plan: ApplicationsPlan;
}

/** Two that do this at once would both make the same: the second one is told so. */
const LOCK = "select pg_try_advisory_lock(hashtext('understudy applications')) as mine";

/** Cluster, databases, rights in these: each round is read anew, and a last one finds nothing to do. */
const ROUNDS = 4;

async function inOneTransaction(sql: LocalSession, steps: readonly Step[]): Promise<void> {
  await sql.query("begin");
  try {
    for (const step of steps) for (const statement of step.statements()) await sql.query(statement);
    await sql.query("commit");
  } catch (error) {
    await sql.query("rollback").catch(() => undefined);
    throw error;
  }
}

async function makeDatabase(sql: LocalSession, step: Step): Promise<void> {
  try {
    for (const statement of step.statements()) await sql.query(statement);
  } catch (error) {
    await sql.query("rollback").catch(() => undefined);
    throw error;
  }
}

/** Does what can be done before further databases are there. */
async function round(open: OpenDatabase, own: LocalSession, steps: readonly Step[]): Promise<readonly Step[]> {
  const now = steps.filter(({ after }) => after === undefined);
  const where = [...new Set(now.flatMap((one) => (one.in === undefined ? [] : [one.in])))];
  await inOneTransaction(
    own,
    now.filter((one) => one.in === DATABASE),
  );
  for (const step of now.filter((one) => one.in === undefined)) await makeDatabase(own, step);
  for (const database of where.filter((one) => one !== DATABASE)) {
    const sql = await open(database);
    await inOneTransaction(
      sql,
      now.filter((one) => one.in === database),
    ).finally(() => sql.end());
  }
  return now;
}

/**
 * Makes what is declared on the primary whose superuser's sessions are given; may be done again and again. Nothing is done
 * where something is in conflict, and what was done is read anew.
 * @throws Error of a statement, where another one does the same at this moment, or where the server has not taken what it
 * was told
 */
export async function applyApplications(open: OpenDatabase, wanted: Wanted): Promise<Applied> {
  const own = await open(DATABASE);
  const made: string[] = [];
  try {
    const { rows } = await own.query<{ mine: boolean; standby: boolean }>(`${LOCK}, pg_is_in_recovery() as standby`);
    if (rows[0]?.standby !== false) throw new Error("a standby takes no applications: its primary does");
    if (!rows[0].mine) throw new Error("somebody else makes the applications at this moment; next: understudy up");
    for (let left = ROUNDS; ; left -= 1) {
      const plan = planApplications(wanted, await readServer(open, wanted.applications));
      if (plan.conflicts.length > 0 || plan.steps.length === 0) return { made, plan };
      if (left === 0) throw new Error(`the server still lacks: ${plan.steps.map(({ words }) => words).join("; ")}`);
      made.push(...(await round(open, own, plan.steps)).map(({ words }) => words));
    }
  } finally {
    await own.query("select pg_advisory_unlock_all()").catch(() => undefined);
    await own.end();
  }
}
