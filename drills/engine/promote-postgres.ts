import { setTimeout as sleep } from "node:timers/promises";
import { bounded } from "../hosts/bounded";
import type { RunState } from "./drill-run";
import type { StepRecorder } from "./step-recorder";
import { oneRow } from "../hosts/postgres";
import { openSql } from "../hosts/sessions";
import { messageOf } from "../../settings/user-error";

/** Bounds of a promotion, milliseconds. */
export interface PromotionBounds {
  /** From then on it takes longer than expected: that is noted, again each time as much has passed. */
  readonly slowMs: number;
  /** Longest that a server may take which answers that it is in recovery, or does not answer. */
  readonly promotedMs: number;
  /** Longest that a server may go on refusing the order itself, as one that cannot write its signal file. */
  readonly refusedMs: number;
}

const BOUNDS: PromotionBounds = { slowMs: 10_000, promotedMs: 600_000, refusedMs: 20_000 };
/** A promote right after the old primary's end may be slept over by PostgreSQL 15's startup process: it is sent again. */
const SEND_AGAIN_MS = 60;
const SEND_AGAIN_LATER_MS = 1000;
const ANSWER_MS = 5000;
/** SQLSTATEs that speak of the connection or of a server that starts or stops, not of the order. */
const NOT_OF_THE_ORDER = /^(08|57)/;

type Promoted = Pick<RunState, "to" | "environment" | "credentials">;

/**
 * Promotes the standby's PostgreSQL and waits until it takes writes. There is no way to take the order back, so it is
 * waited for as long as it may still happen: a failure here would leave half a pair promoted that is promoted a moment later.
 * @param whenSlow called once when it takes longer than expected
 * @throws Error when it is still in recovery after ten minutes, or refuses the order for 20 s
 */
export async function promotePostgres(
  run: Promoted,
  recorder: Pick<StepRecorder, "mark">,
  whenSlow: () => void = () => undefined,
  bounds: PromotionBounds = BOUNDS,
): Promise<void> {
  const { name } = run.to.host;
  recorder.mark("promote-timescaledb", name);
  const began = performance.now();
  let [sentAt, refusedSince, told] = [-Infinity, Infinity, 0];
  for (;;) {
    const sendAgain = performance.now() - began < SEND_AGAIN_LATER_MS ? SEND_AGAIN_MS : SEND_AGAIN_LATER_MS;
    const send = performance.now() - sentAt > sendAgain;
    if (send) sentAt = performance.now();
    const seen = await lookOnce(run, send);
    if (seen === "promoted") break;
    const now = performance.now();
    refusedSince = "refused" in seen ? Math.min(refusedSince, now) : Infinity;
    const words = "refused" in seen ? seen.refused : seen.waits;
    if (now - refusedSince > bounds.refusedMs || now - began > bounds.promotedMs) {
      throw new Error(
        `PostgreSQL on ${name} is not seen to be promoted ${Math.round((now - began) / 1000)} s after pg_promote: ${words}; it may be promoted later`,
      );
    }
    const turns = Math.floor((now - began) / bounds.slowMs);
    if (turns > told) {
      if (told === 0) whenSlow();
      told = turns;
      recorder.mark(`timescaledb is not promoted yet: ${words}`, name);
    }
    await sleep(1);
  }
  recorder.mark("timescaledb promoted", name);
}

type Look = "promoted" | { readonly waits: string } | { readonly refused: string };

/** A session that is lost on the way is opened anew: the server goes on without it. */
async function lookOnce(run: Promoted, send: boolean): Promise<Look> {
  const { to, environment, credentials } = run;
  const ask = <T>(what: string, work: Promise<T>): Promise<T> => bounded(`${to.host.name}: ${what}`, ANSWER_MS, work);
  try {
    if (send) await ask("pg_promote", to.sql.query("select pg_promote(false) where pg_is_in_recovery()"));
    const { recovery } = await ask(
      "its role",
      oneRow<{ recovery: boolean }>(to.sql, "select pg_is_in_recovery() as recovery"),
    );
    return recovery ? { waits: "it is in recovery" } : "promoted";
  } catch (error) {
    const words = messageOf(error);
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !NOT_OF_THE_ORDER.test(code))
      return { refused: words };
    const opened = await ask("PostgreSQL", openSql(to.host, environment, credentials)).catch(() => undefined);
    if (opened !== undefined) {
      void to.sql.end().catch(() => undefined);
      to.sql = opened;
    }
    return { waits: words };
  }
}
