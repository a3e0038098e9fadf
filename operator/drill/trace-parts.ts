import { serializeDocument } from "../../evidence/canonical-json";
import { spanOfUnrecorded, spanTreeOf } from "../../evidence/trace/span-tree";
import { placeOf } from "../notify/message";
import { fileName, primaryAfter, traceDrill } from "../traces/trace-drill";
import type { DrillPart } from "./drill-part";
import type { DrillRecord } from "./drill-record";
import { partId, type DrillOptions } from "./run-drill";

/**
 * Makes the trace of each part of an executed drill, its dry run among them: of its evidence, or, where a part was begun and left none, of why it ended.
 * Never throws.
 * @returns the host that is primary as far as the last evidence knows; undefined without any
 */
export async function traceParts(
  parts: readonly DrillPart[],
  { startedAt, finishedAt, environment: name }: DrillRecord,
  { environment, id, outputDir }: DrillOptions,
  say: (words: string) => void,
): Promise<string | undefined> {
  let primary: string | undefined;
  for (const part of parts) {
    if (part.outcome !== undefined) {
      const { document, files } = part.outcome;
      primary = primaryAfter(document);
      const tree = spanTreeOf(document, {
        evidenceFile: fileName(files.jsonPath),
        evidenceSha256: serializeDocument(document).sha256,
        verdict: part.verdict?.verdict,
        ...(part.report === undefined
          ? {}
          : { report: reportPlace(part.report.html, environment.notify?.reports_url) }),
      });
      await traceDrill(outputDir, document.drill, tree, say);
      continue;
    }
    const drill = {
      id: partId(id, part.name),
      environment: name,
      mode: part.name === "dry-run" ? ("dry-run" as const) : ("execute" as const),
      startedAt,
      finishedAt: finishedAt ?? startedAt,
      reason: part.problem?.reason ?? "it left no evidence",
    };
    await traceDrill(outputDir, drill, spanOfUnrecorded(drill), say);
  }
  return primary;
}

function reportPlace(file: string, reportsUrl: string | undefined): string {
  return reportsUrl === undefined ? fileName(file) : placeOf(file, reportsUrl);
}
