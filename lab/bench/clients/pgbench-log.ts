/** One statement or transaction of a load. Times are milliseconds on the load's own clock. */
export interface Sent {
  readonly client: number;
  /** When it was sent. */
  readonly startMs: number;
  /** When its load would have sent it, where that keeps to a rate: earlier, when its client still waited for the one before. */
  readonly dueMs?: number;
  readonly endMs: number;
  readonly answered: boolean;
}

/** `client_id transaction_no time script_no time_epoch time_us schedule_lag`: time is µs since it was due, lag µs until it was sent. */
const LINE = /^(\d+) \d+ (\d+|failed) \d+ (\d+) (\d{1,6}) (\d+)\b/;

/**
 * Reads what `pgbench -l -R` logs, one transaction a line, in the order in which they ended.
 * @param originEpochMs the load's zero, epoch milliseconds
 * @throws Error at a line of another kind: half a log proves nothing
 */
export function parsePgbenchLog(text: string, originEpochMs: number): readonly Sent[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, client, took, seconds, micros, lag] = LINE.exec(line) ?? [];
      if (client === undefined || took === undefined || seconds === undefined || micros === undefined)
        throw new Error(`pgbench's log has a line of another kind: ${JSON.stringify(line.slice(0, 80))}`);
      const endMs = Number(seconds) * 1000 - originEpochMs + Number(micros) / 1000;
      const answered = took !== "failed";
      const dueMs = answered ? endMs - Number(took) / 1000 : endMs;
      const startMs = answered ? dueMs + Number(lag) / 1000 : endMs;
      return { client: Number(client), startMs, dueMs, endMs, answered };
    });
}

const ABORTED = /^pgbench: error: client (\d+) (.*)$/;

/**
 * Which of pgbench's clients were given up, and why, in the server's or the library's words: each has one transaction without
 * an answer, and sends nothing any more.
 */
export function parseAborted(stderr: string): ReadonlyMap<number, string> {
  const kinds = new Map<number, string>();
  for (const line of stderr.split("\n")) {
    const [, client, rest] = ABORTED.exec(line) ?? [];
    if (client === undefined || rest === undefined || kinds.has(Number(client))) continue;
    kinds.set(Number(client), kindOf(rest));
  }
  return kinds;
}

/** The words of an error without what differs from one client to the other. */
function kindOf(words: string): string {
  const said = /(?:FATAL|ERROR|PANIC): +(.*)$/.exec(words)?.[1] ?? /(?:query \d+: |; )(.*)$/.exec(words)?.[1] ?? words;
  return said.replaceAll(/\d+/g, "N").trim().slice(0, 80);
}

/** Transactions in the last second, as `-P 1` says; undefined for a line of another kind. */
export function progressOf(line: string): number | undefined {
  const perSecond = /^progress: [\d.]+ s, ([\d.]+) tps/.exec(line)?.[1];
  return perSecond === undefined ? undefined : Number(perSecond);
}
