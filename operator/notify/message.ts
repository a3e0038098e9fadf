import { duration, orUnknown } from "../../evidence/report/figures";
import type { DrillRecord, PartRecord } from "../drill/drill-record";

/** What a receiver is told, whatever its form. */
export interface Message {
  /** What it is about: the same key is the same matter, as for a page that is resolved later. */
  readonly key: string;
  readonly severity: "critical" | "warning" | "info";
  /** It ends what was told under this key before: an accepted drill pages nobody, and ends the page of one that failed. */
  readonly resolves: boolean;
  /** Nobody wants to read it: it goes only where it ends a page, and is then no page itself. */
  readonly quiet?: boolean;
  /** One line. */
  readonly title: string;
  readonly lines: readonly string[];
  /** For programs: the record of a drill, or what was tested. */
  readonly details: object;
}

const VERDICTS = { 0: "accepted", 1: "FAILED", 2: "NOT VERIFIED", 3: "REFUSED" } as const;

/** A drill's result: verdict, figures, what went wrong, and where the report is; that a dry run went well is told quietly. Pure. @param reportsUrl where the folder of the reports is found */
export function drillMessage(record: DrillRecord, reportsUrl?: string): Message {
  const { id, environment, execute, exitCode, parts } = record;
  const code = exitCode ?? 1;
  const what = execute ? "drill" : "dry run";
  const first = parts.find((one) => one.exitCode !== 0) ?? parts.at(-1);
  return {
    key: `understudy-${execute ? "drill" : "dry-run"}-${environment}`,
    severity: code === 0 ? "info" : execute ? "critical" : "warning",
    resolves: code === 0,
    quiet: code === 0 && !execute,
    title: `Understudy ${environment}: ${what} ${VERDICTS[code]}: ${first?.sentence ?? "nothing was begun"}`,
    lines: [...parts.flatMap((part) => partLines(part, reportsUrl)), `drill: ${id}`],
    details: record,
  };
}

function partLines(part: PartRecord, reportsUrl: string | undefined): readonly string[] {
  const { name, exitCode, sentence, problem, verdict, outageMs, lostEvents, report } = part;
  return [
    `${name}: ${VERDICTS[exitCode]}: ${sentence}`,
    ...(problem === null
      ? []
      : [
          [problem.step, problem.host].every((one) => one === null)
            ? ""
            : `step ${problem.step ?? "-"}, host ${problem.host ?? "-"}`,
          `reason: ${problem.reason}`,
          `next: ${problem.next}`,
        ].filter((line) => line !== "")),
    ...(part.drill?.mode === "execute"
      ? [
          `outage: PostgreSQL ${duration(outageMs.timescaledb)}, Redis ${duration(outageMs.redis)}; lost events: ${orUnknown(lostEvents)}`,
        ]
      : []),
    ...(verdict === null ? [] : [`verdict: ${verdict}`]),
    ...(report === null ? [] : [`report: ${placeOf(report.html, reportsUrl)}`]),
  ];
}

/** Where a report is found: below the address of the reports, where there is one. Pure. */
export function placeOf(file: string, reportsUrl: string | undefined): string {
  if (reportsUrl === undefined) return file;
  return `${reportsUrl.replace(/\/*$/, "/")}${encodeURIComponent(file.replace(/^.*\//, ""))}`;
}

/** What `understudy notify --test` sends. Pure. */
export function testMessage(environment: string, from: string): Message {
  return {
    key: `understudy-test-${environment}`,
    severity: "info",
    resolves: false,
    title: `Understudy ${environment}: a test message, nothing has happened`,
    lines: [`sent by understudy notify --test from ${from}`],
    details: { test: true, environment, from },
  };
}

/** What is said of a unit of systemd, or of a job, that failed and may not have said so itself. Pure. */
export function failedUnitMessage(environment: string, unit: string, from: string): Message {
  return {
    key: `understudy-unit-${environment}-${unit}`,
    severity: "critical",
    resolves: false,
    title: `Understudy ${environment}: ${unit} failed on ${from}`,
    lines: [`next, on ${from}: journalctl --unit ${unit} --since today`],
    details: { unit, environment, from },
  };
}
