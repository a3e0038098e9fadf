import type { Environment } from "../../settings/environment";
import type { DrillCalendar } from "../../settings/drills-section";
import { readRecord } from "../drill/drill-record";
import { openStacks } from "../failover/pair-stacks";
import { readReadiness } from "../readiness/read-readiness";
import { planDrill, reasonToWait } from "./plan-drill";
import { windowsFrom } from "./windows";

/** What a drill by schedule is asked with. */
export interface ScheduledDrill {
  readonly environment: Environment;
  readonly environmentFile: string;
  readonly calendar: DrillCalendar;
  readonly resultsDir: string;
  readonly now: Date;
}

/**
 * Why a drill by schedule does nothing now; undefined when it has to act. Outside of every window no stack is opened, so
 * that a timer may ask often.
 * @throws UserError when the pair cannot be looked at
 */
export async function whyWait(asked: ScheduledDrill): Promise<string | undefined> {
  const { environment, environmentFile, calendar, resultsDir, now } = asked;
  const [next] = windowsFrom(calendar, now, 1);
  if (next === undefined) return "no window is open, and none is known";
  if (next.begin > now) return `no window is open: the next one begins ${next.begin.toISOString()}`;
  const last = await readRecord(resultsDir);
  // One by hand is a try as well.
  const tried = last?.environment === environment.name ? new Date(last.startedAt) : undefined;
  const { stacks } = await openStacks(environment);
  const readiness = await readReadiness({ environment, environmentFile, stacks, resultsDir }, now);
  return reasonToWait(planDrill(calendar, readiness, now), tried);
}
