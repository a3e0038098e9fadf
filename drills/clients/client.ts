import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../hosts/clock";
import type { ClientSettings } from "./order";
import { NotConnected, type ClientSession, type Reply } from "./session";
import type { StatementLog } from "./statement-log";

/** What one client is made of. */
export interface ClientParts {
  readonly number: number;
  readonly open: () => Promise<ClientSession>;
  readonly log: StatementLog;
  readonly now: Clock;
  readonly nextNumber: () => number;
  readonly settings: Pick<ClientSettings, "intervalMs" | "statementTimeoutMs">;
  readonly stop: AbortSignal;
}

/**
 * Sends one statement after the other until it is stopped, as a plain application does: it keeps its session while that
 * is good, connects anew before a statement where the driver says that the old one has ended, and sends nothing twice.
 */
export async function runClient({ number, open, log, now, nextNumber, settings, stop }: ClientParts): Promise<void> {
  let session: ClientSession | undefined;
  let dueMs = now();
  while (!stop.aborted) {
    const startMs = now();
    const at = log.begin(number, startMs);
    const current: Current = { session, givenUp: false };
    const reply = await withinTime(settings.statementTimeoutMs, sendOne(current, open, nextNumber()));
    log.end(at, now(), reply);
    current.givenUp = true;
    session = current.session;
    if (reply.leave === true) {
      session?.close();
      session = undefined;
    }
    dueMs = Math.max(dueMs + settings.intervalMs, now());
    await sleep(Math.max(1, dueMs - now()), undefined, { signal: stop }).catch(() => undefined);
  }
  session?.close();
}

/** What one statement has to send on. */
interface Current {
  session: ClientSession | undefined;
  /** Nobody waits for it any more. */
  givenUp: boolean;
}

async function sendOne(current: Current, open: () => Promise<ClientSession>, number: number): Promise<Reply> {
  if (current.session?.isOpen !== true) {
    current.session?.close();
    current.session = undefined;
    try {
      const opened = await open();
      if (current.givenUp) {
        opened.close();
        return { end: "u", code: "no-answer", leave: true };
      }
      current.session = opened;
    } catch (error) {
      return { end: "f", code: error instanceof NotConnected ? error.code : "not-connected", leave: true };
    }
  }
  return current.session.send(number);
}

async function withinTime(timeoutMs: number, work: Promise<Reply>): Promise<Reply> {
  const controller = new AbortController();
  const silence = sleep(timeoutMs, undefined, { signal: controller.signal }).then((): Reply => ({
    end: "u",
    code: "no-answer",
    leave: true,
  }));
  silence.catch(() => undefined);
  try {
    return await Promise.race([work, silence]);
  } finally {
    controller.abort();
  }
}
