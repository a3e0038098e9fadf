import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { lossOf, outageOf } from "../../evidence/report/figures";
import { headlineOf } from "../../evidence/report/headline";
import { verdictText } from "../../evidence/verify/render-verdict";
import { writeText } from "../../evidence/write-text";
import { PART_NAMES, type DrillPart } from "./drill-part";

/** Names of the records of the last drill and of the last dry run, in the folder of the evidence. */
export const DRILL_RECORDS = { execute: "drill_result.json", "dry-run": "drill_dry_run.json" } as const;
type Mode = keyof typeof DRILL_RECORDS;

const text = z.string();
const exitCode = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
const milliseconds = z.number().nonnegative().nullable();

const partSchema = z.object({
  name: z.enum(PART_NAMES),
  exitCode,
  /** What became of it, in one sentence. */
  sentence: text,
  problem: z.object({ step: text.nullable(), host: text.nullable(), reason: text, next: text }).nullable(),
  /** Null where the part left no evidence. */
  drill: z.object({ id: text, mode: text, fromHost: text, toHost: text, durationMs: z.number() }).nullable(),
  verdict: text.nullable(),
  /** As the probe saw it; null is unknown, and in a dry run nothing is measured. */
  outageMs: z.object({ timescaledb: milliseconds, redis: milliseconds }),
  lostEvents: z.number().int().nonnegative().nullable(),
  evidence: text.nullable(),
  report: z.object({ markdown: text, html: text }).nullable(),
});

const recordSchema = z.object({
  version: z.literal(1),
  id: text,
  environment: text,
  execute: z.boolean(),
  scheduled: z.boolean(),
  startedAt: text,
  /** Null while it is under way, and where it was killed. */
  finishedAt: text.nullable(),
  exitCode: exitCode.nullable(),
  parts: z.array(partSchema),
  /** Whom it was announced to; a failure has its reason. */
  announced: z.array(z.object({ receiver: text, ok: z.boolean(), detail: text })),
});

/** What is known of a drill, for programs and for whoever is told of it. */
export type DrillRecord = z.infer<typeof recordSchema>;
/** One part of it. */
export type PartRecord = DrillRecord["parts"][number];

/** One part as its record has it. Pure. */
export function partRecord({ name, exitCode: code, outcome, verdict, report, problem }: DrillPart): PartRecord {
  const document = outcome?.document;
  const executed = document?.drill.mode === "execute";
  const sentence =
    document !== undefined && verdict !== undefined
      ? headlineOf(document, verdict).sentence
      : (problem?.reason ?? "it left no evidence");
  return {
    name,
    exitCode: code,
    sentence,
    problem: problem ?? null,
    drill: document
      ? (({ id, mode, fromHost, toHost, durationMs }) => ({ id, mode, fromHost, toHost, durationMs }))(document.drill)
      : null,
    verdict: verdict === undefined ? null : (verdictText(verdict).split("\n")[0] ?? null),
    outageMs: {
      timescaledb: executed ? rounded(outageOf(document, "timescaledb")) : null,
      redis: executed ? rounded(outageOf(document, "redis")) : null,
    },
    lostEvents: executed ? lossOf(document) : null,
    evidence: outcome?.files.envPath ?? null,
    report: report ?? null,
  };
}

function rounded(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds * 1000) / 1000;
}

/** Writes the record of a drill into a folder. @throws UserError when it cannot be written */
export async function writeRecord(folder: string, record: DrillRecord): Promise<string> {
  const file = path.join(folder, DRILL_RECORDS[record.execute ? "execute" : "dry-run"]);
  await writeText(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

/** The record in a folder; undefined where there is none that can be understood. */
export async function readRecord(folder: string, mode: Mode = "execute"): Promise<DrillRecord | undefined> {
  const said = await readFile(path.join(folder, DRILL_RECORDS[mode]), "utf8").catch(() => undefined);
  if (said === undefined) return undefined;
  try {
    return recordSchema.safeParse(JSON.parse(said)).data;
  } catch {
    return undefined;
  }
}
