import type { DrillRecord, PartRecord } from "../operator/drill/drill-record";
import { duration, orUnknown } from "../evidence/report/figures";
import { traceIdOf } from "../evidence/trace/trace-ids";

const CODES = { 0: "ACCEPTED", 1: "FAILED", 2: "NOT VERIFIED", 3: "REFUSED" } as const;

/** A drill's record as a person reads it: a headline, and some lines for each part. */
export function drillSummary({ id, exitCode, parts, announced }: DrillRecord, file: string): string {
  const lines = [
    `DRILL ${exitCode === null ? "UNDER WAY" : CODES[exitCode]} ${id}`,
    ...parts.flatMap(partLines),
    ...announced.map(({ receiver, ok, detail }) => `  announced ${receiver}: ${ok ? detail : `FAILED, ${detail}`}`),
    `  record    ${file}`,
  ];
  return `${lines.join("\n")}\n`;
}

function partLines(part: PartRecord): readonly string[] {
  const { name, exitCode, sentence, problem, verdict, outageMs, lostEvents, evidence, report } = part;
  const executed = part.drill?.mode === "execute";
  return [
    `  ${name.padEnd(11)}${CODES[exitCode]}: ${sentence}`,
    ...(problem === null ? [] : problemLines(problem)),
    ...(executed
      ? [
          `    outage   PostgreSQL ${duration(outageMs.timescaledb)}, Redis ${duration(outageMs.redis)}; lost events ${orUnknown(lostEvents)}`,
        ]
      : []),
    ...(verdict === null ? [] : [`    verdict  ${verdict}`]),
    ...(evidence === null ? [] : [`    evidence ${evidence}`]),
    ...(report === null ? [] : [`    report   ${report.html}`]),
    ...(part.drill === null ? [] : [`    trace    ${traceIdOf(part.drill.id)}`]),
  ];
}

function problemLines({ step, host, reason, next }: NonNullable<PartRecord["problem"]>): readonly string[] {
  const where = [...(step === null ? [] : [`at ${step}`]), ...(host === null ? [] : [`on ${host}`])].join(" ");
  return [`    reason   ${where === "" ? "" : `${where}: `}${reason}`, `    next     ${next}`];
}
