import type { DrillRun } from "../engine/drill-run";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { pollUntil } from "../hosts/bounded";
import { doorSessions } from "../hosts/door-sessions";
import { STORE_NAMES } from "../../settings/services";
import { messageOf } from "../../settings/user-error";

/** Longest that open transactions are waited for before the doors are held, where the setting says so. */
const WAIT_MS = 60_000;

/** Waits for transactions that are open through the doors for longer than the bound, where the setting says so. */
export async function waitForTransactions({ environment, from }: DrillRun, recorder: StepRecorder): Promise<void> {
  const { clients } = environment;
  if (clients?.long_transactions !== "wait") return;
  await pollUntil(
    () => doorSessions(from.sql, clients.bound_seconds),
    ({ long }) => long.length === 0,
    { deadlineMs: WAIT_MS, pauseMs: 100 },
  );
  recorder.mark("long transactions waited for", from.host.name);
}

/**
 * Holds PostgreSQL's clients at both doors before the old primary is stopped; does nothing without doors. Nothing was stopped
 * yet: a transaction that does not end in time calls the run off, unless the setting says that it is ended.
 * @returns how many transactions have not ended in time, of those that are to be ended then
 */
export async function holdDoors(run: DrillRun, recorder: StepRecorder): Promise<number> {
  const { doors, environment, from } = run;
  const { clients } = environment;
  if (doors === undefined || clients === undefined) return 0;
  try {
    const left = await doors.pause(clients.bound_seconds * 1000, clients.long_transactions === "end");
    recorder.mark(left === 0 ? "clients held" : `clients held, but for ${String(left)} transactions`, null);
    return left;
  } catch (error) {
    throw new StepFailure({
      reason: messageOf(error),
      host: from.host.name,
      next: "clients.long_transactions says what becomes of such transactions; then a drill with a new id",
      undone: null,
    });
  }
}

/** Leads PostgreSQL's clients to the promoted host, and lets them go on. A door that is not told hears it from the agents. */
export async function leadToPromoted(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { doors, to } = run;
  if (doors === undefined) return;
  try {
    await doors.goOn(to.host.name);
    recorder.mark("clients go on", to.host.name);
  } catch (error) {
    recorder.mark(`a door was not told: ${messageOf(error)}`.slice(0, 200), to.host.name);
  }
}

/** The same of Redis, whose clients nobody holds but Redis itself. */
export async function leadRedisToPromoted(run: Pick<DrillRun, "doors" | "to">, recorder: StepRecorder): Promise<void> {
  const { doors, to } = run;
  if (doors === undefined) return;
  await doors.lead("redis", to.host.name).then(
    () => recorder.mark("redis clients led", to.host.name),
    (error: unknown) => recorder.mark(`a door was not told: ${messageOf(error)}`.slice(0, 200), to.host.name),
  );
}

/**
 * Lets new connections wait at the doors until Redis is led. Redis itself pauses who is there already, but a server that was
 * demoted refuses a write at once, pause or not: whoever comes back to it is refused again and again until it is led away,
 * and each time costs an encrypted connection, just when the promotion wants the processors. Never waited for.
 */
export function holdNewcomers({ doors, from }: Pick<DrillRun, "doors" | "from">, recorder: StepRecorder): void {
  doors?.hold().then(
    () => recorder.mark("new connections wait at the doors", null),
    (error: unknown) => recorder.mark(`a door was not told: ${messageOf(error)}`.slice(0, 200), from.host.name),
  );
}

/** Undoes it where nothing was exchanged. It never throws: a door that was not told is told again with the rest, and lets in by itself. */
export async function letNewcomersIn({ doors, from }: Pick<DrillRun, "doors" | "from">): Promise<void> {
  await doors?.lead("redis", from.host.name).catch(() => undefined);
}

/**
 * Lets clients go on where they were: on the old primary, which takes writes again.
 * @returns what did not get through, in words; it never throws
 */
export async function goOnAtOldPrimary({ doors, from }: Pick<DrillRun, "doors" | "from">): Promise<string[]> {
  if (doors === undefined) return [];
  const led = await Promise.allSettled(STORE_NAMES.map((store) => doors.lead(store, from.host.name)));
  // Who is held goes on with this, too.
  const released = await Promise.allSettled([doors.release()]);
  return [...led, ...released].flatMap((one) =>
    one.status === "rejected" ? [`a door was not told, and opens by itself: ${messageOf(one.reason)}`] : [],
  );
}
