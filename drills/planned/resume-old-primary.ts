import { bounded, pollUntil } from "../hosts/bounded";
import type { DrillRun } from "../engine/drill-run";
import { hookProblem, runHook } from "../hosts/hooks";
import { openSql } from "../hosts/sessions";
import { messageOf } from "../../settings/user-error";
import { disarm } from "./arm";
import { goOnAtOldPrimary, letNewcomersIn } from "./hold-doors";
import { resumeRedisWrites } from "./redis-exchange";

const BACK_MS = 60_000;

/** What was undone and what was seen of it, and whether the old primary takes writes again. */
export interface Resumed {
  readonly words: string;
  readonly back: boolean;
}

/** A hook that has moved clients away from the old primary is followed by the one that brings them back. */
async function movedBack({ from, facts, clock }: DrillRun): Promise<string[]> {
  // What an earlier run of an interrupted drill has done nobody knows: the hooks may run again.
  if (facts.hooks?.ran.some(({ hook }) => hook === "demoted") === false) return [];
  const problem = hookProblem(await runHook(from.host, "promoted", facts, { mark: () => clock.now() }));
  return problem === undefined ? [] : [problem];
}

/**
 * Puts the old primary back to work after a comparison before promotion failed: nothing was promoted, so nothing is lost.
 * It never throws.
 */
export async function resumeOldPrimary(run: DrillRun): Promise<Resumed> {
  const { from, environment, credentials } = run;
  // Each by itself: what a dead standby cannot be told must not keep the old primary waiting.
  const orders: readonly (readonly [string, Promise<unknown>])[] = [
    ["the instruction to resume", from.agent.ask("resume")],
    ["the end of Redis' pause", resumeRedisWrites(from)],
  ];
  const [settled, leftArmed] = await Promise.all([
    Promise.allSettled(orders.map(([, order]) => order)),
    disarm(run),
    letNewcomersIn(run),
  ]);
  const words = settled.flatMap((one, at) =>
    one.status === "rejected" ? [`${orders[at]?.[0] ?? ""} did not get through: ${messageOf(one.reason)}`] : [],
  );
  words.push(...leftArmed);
  const { reading, reached } = await pollUntil(
    async () => {
      try {
        const sql = await bounded("PostgreSQL", 5000, openSql(from.host, environment, credentials));
        const { rows } = await sql.query<{ writable: boolean }>("select not pg_is_in_recovery() as writable");
        await sql.end();
        return rows[0]?.writable === true ? "" : "it runs as a standby";
      } catch (error) {
        return messageOf(error);
      }
    },
    (reason) => reason === "",
    { deadlineMs: BACK_MS, pauseMs: 50 },
  );
  words.push(...(await goOnAtOldPrimary(run)));
  if (reached) words.push(...(await movedBack(run)));
  words.push(
    reached
      ? `${from.host.name} is primary again and takes writes`
      : `${from.host.name} is not back after ${BACK_MS / 1000} s: ${reading}`,
  );
  return { words: words.join("; "), back: reached };
}
