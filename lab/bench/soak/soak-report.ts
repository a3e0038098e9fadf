import { readFileSync } from "node:fs";
import { STORE_NAMES } from "../../../settings/services";
import { messageOf, UserError } from "../../../settings/user-error";
import { judged, type JudgedAim } from "../aims";
import { judgeClients, summarizeClients, type ClientsSummary } from "../clients/clients-summary";
import { summaryLines } from "../clients/clients-text";
import type { ClientsTurn } from "../clients/turn-record";
import { totalOf, type Total } from "../distribution";
import type { RunHead } from "../report";
import { aimLine, counted } from "../table-rows";

/** Events that a soak has to have acknowledged, of the probe and of the clients at the doors together. */
export const SOAK_EVENTS = 1_000_000;

/** What the journal of PostgreSQL's clients holds after the last switchover, against what was there after each. */
export interface FinalCount {
  readonly rows: number;
  readonly numbers: number;
  /** Rows that were there after the switchovers that wrote them; null where one of these could not be counted. */
  readonly expected: number | null;
}

/** The JSON document of a soak. It is written after each switchover, and a stopped run goes on from it. */
export interface SoakReport extends RunHead {
  readonly name: "soak";
  readonly environmentFile: string;
  readonly asked: number;
  /** Each command that worked on it: when it began, and how many switchovers there were by then. */
  readonly commands: readonly { readonly startedAt: string; readonly after: number }[];
  readonly acknowledged: Total;
  readonly summary: ClientsSummary;
  /** Null until every switchover has been run. */
  readonly final: FinalCount | null;
  readonly aims: readonly JudgedAim[];
  readonly switchovers: readonly ClientsTurn[];
}

/** Acknowledged events of a series: the probe's and the clients', of both stores. */
export function acknowledgedIn(turns: readonly ClientsTurn[]): Total {
  return totalOf(
    turns.flatMap(({ swap, stores }) =>
      STORE_NAMES.flatMap((store) => [swap.events[store].acknowledged, stores?.[store].events.acknowledged ?? null]),
    ),
  );
}

/** Rows that PostgreSQL's journal had of these switchovers' clients, after each of them; null where one is unknown. */
export function expectedRows(turns: readonly ClientsTurn[]): number | null {
  return turns.reduce<number | null>((sum, { stores }) => {
    const events = stores?.timescaledb.events;
    if (sum === null || events === undefined || events.lost === null || events.unacknowledged === null) return null;
    return sum + events.acknowledged - events.lost + events.unacknowledged;
  }, 0);
}

/** Holds a soak against its aims. */
export function judgeSoak(
  summary: ClientsSummary,
  acknowledged: Total,
  final: FinalCount | null,
): readonly JudgedAim[] {
  const expected = final?.expected ?? null;
  return [
    ...judgeClients(summary),
    judged("events short of a million", "count", 0, {
      measured: Math.max(0, SOAK_EVENTS - acknowledged.sum),
      unknown: 0,
    }),
    judged("rows missing at the end, or twice there", "count", 0, {
      measured:
        final === null || expected === null ? null : Math.max(0, expected - final.numbers) + final.rows - final.numbers,
      unknown: 0,
    }),
  ];
}

/** Puts a soak's report together. Pure. */
export function soakReport(
  head: RunHead,
  { environmentFile, asked, commands }: Pick<SoakReport, "environmentFile" | "asked" | "commands">,
  switchovers: readonly ClientsTurn[],
  final: FinalCount | null,
): SoakReport {
  const [summary, acknowledged] = [summarizeClients(switchovers, asked), acknowledgedIn(switchovers)];
  return {
    ...head,
    ...{ name: "soak", environmentFile, asked, commands, acknowledged, summary, final },
    ...{ aims: judgeSoak(summary, acknowledged, final), switchovers },
  };
}

/** Whether a soak has switchovers left to run. */
export function isUnfinished({
  asked,
  switchovers,
  final,
}: Pick<SoakReport, "asked" | "switchovers" | "final">): boolean {
  return switchovers.length < asked || final === null;
}

/** Reads a report; undefined where there is none. @throws UserError when the file is no report of a soak */
export function readSoak(file: string): SoakReport | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, "ls -l the file", 2);
  }
  try {
    const report = JSON.parse(text) as Partial<SoakReport>;
    if (report.name === "soak" && Array.isArray(report.switchovers)) return report as SoakReport;
  } catch {
    // Said below: whoever wrote it, it is none.
  }
  throw new UserError(`${file} is no report of a soak`, "understudy lab bench --series soak --output-file ANOTHER", 2);
}

/**
 * What a soak begins with: nothing, or what an earlier command has measured.
 * @throws UserError where going on and beginning anew are confused, or what was measured was something else
 */
export function beginSoak(
  file: string,
  found: SoakReport | undefined,
  wanted: { readonly resume: boolean; readonly environmentFile: string; readonly count: number | undefined },
): SoakReport | undefined {
  const again = "understudy lab bench --series soak";
  if (!wanted.resume) {
    if (found === undefined || !isUnfinished(found)) return undefined;
    throw new UserError(
      `${file} has a soak that was stopped after ${found.switchovers.length} of ${found.asked} switchovers`,
      `${again} --resume --output-file ${file}, or remove that file to begin anew`,
      3,
    );
  }
  if (found === undefined) throw new UserError(`${file} is not there: nothing to go on with`, again, 2);
  if (!isUnfinished(found))
    throw new UserError(`the soak of ${file} has run all of its ${found.asked} switchovers`, again, 2);
  if (found.environmentFile !== wanted.environmentFile)
    throw new UserError(
      `the soak of ${file} ran with ${found.environmentFile}, not ${wanted.environmentFile}`,
      `${again} --resume --environment ${found.environmentFile}`,
      2,
    );
  if (wanted.count !== undefined && wanted.count !== found.asked)
    throw new UserError(
      `the soak of ${file} has ${found.asked} switchovers, not ${wanted.count}`,
      `${again} --resume --count ${found.asked}`,
      2,
    );
  return found;
}

/** The soak for a person. */
export function soakText({ environmentFile, commands, acknowledged, summary, final, aims }: SoakReport): string {
  const lines = [
    `SERIES soak, ${environmentFile}, by ${commands.length} ${commands.length === 1 ? "command" : "commands"}`,
    `  ${counted(acknowledged, "events acknowledged, of the probe and of the clients")}`,
    ...(final === null
      ? ["  not at its end: go on with --resume"]
      : [`  at the end: ${final.numbers} of ${final.expected ?? "unknown"} rows of PostgreSQL's clients are there`]),
    ...summaryLines(summary),
    ...aims.map(aimLine),
  ];
  return `${lines.join("\n")}\n`;
}
