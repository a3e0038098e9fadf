import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceDocument } from "../document";
import { headlineOf } from "./headline";
import type { JudgedEvidence } from "./judged-evidence";
import { renderHtml } from "./render-html";
import { renderMarkdown } from "./render-markdown";
import { readinessAfter } from "./rehearsed";
import type { Report } from "./report-model";
import { SECTIONS } from "./sections";
import { sinceBegin } from "./since-begin";
import { tilesOf } from "./tiles";
import { writeText } from "../write-text";

/** The whole report of one drill, from its evidence and nothing else. */
export function drillReport(judged: JudgedEvidence): Report {
  const evidence = { ...judged, document: sinceBegin(judged.document) };
  const { document, verdict } = evidence;
  const { drill } = document;
  return {
    title: `Failover drill ${drill.id}`,
    subtitle: `${drill.kind} ${drill.mode === "dry-run" ? "dry run" : "drill"} from ${drill.fromHost} to ${drill.toHost}, ${drill.startedAt}`,
    headline: headlineOf(document, verdict),
    readiness: readinessAfter(document, verdict),
    tiles: tilesOf(document),
    sections: SECTIONS.flatMap((make) => make(evidence) ?? []),
  };
}

/** Where the two forms of a report were written. */
export interface WrittenReport {
  readonly markdown: string;
  readonly html: string;
}

/**
 * Writes `failover_drill_report_<date>.md` and the HTML page of the same name into `folder`. The date is the UTC day on
 * which the drill began. Where that name belongs to another drill of the day, the drill's own is added: no report
 * replaces another drill's.
 * @throws UserError when they cannot be written
 */
export async function writeReport(folder: string, evidence: JudgedEvidence): Promise<WrittenReport> {
  const name = await reportName(folder, evidence.document);
  const report = drillReport(evidence);
  const written = { markdown: join(folder, `${name}.md`), html: join(folder, `${name}.html`) };
  await writeText(written.html, renderHtml(report));
  await writeText(written.markdown, `${marker(evidence.document)}\n\n${renderMarkdown(report, `${name}.html`)}`);
  return written;
}

async function reportName(folder: string, document: EvidenceDocument): Promise<string> {
  const { drill } = document;
  const plain = `failover_drill_report_${drill.startedAt.slice(0, 10)}`;
  const there = await readFile(join(folder, `${plain}.md`), "utf8").catch(() => undefined);
  if (there === undefined || there.startsWith(`${marker(document)}\n`)) return plain;
  return `${plain}_${drill.id}${drill.mode === "dry-run" ? "_dry-run" : ""}`;
}

/** The first line of a report, which no Markdown reader shows: whose it is. */
function marker({ drill }: EvidenceDocument): string {
  return `<!-- drill ${drill.id} ${drill.mode} ${drill.startedAt} -->`;
}
