import { headlineOf } from "./headline";
import type { JudgedEvidence } from "./judged-evidence";
import type { Report } from "./report-model";
import { SECTIONS } from "./sections";
import { sinceBegin } from "./since-begin";
import { tilesOf } from "./tiles";

/** The whole report of one drill, from its evidence and nothing else. */
export function drillReport(judged: JudgedEvidence): Report {
  const evidence = { ...judged, document: sinceBegin(judged.document) };
  const { document, verdict } = evidence;
  const { drill } = document;
  return {
    title: `Failover drill ${drill.id}`,
    subtitle: `${drill.kind} ${drill.mode === "dry-run" ? "dry run" : "drill"} from ${drill.fromHost} to ${drill.toHost}, ${drill.startedAt}`,
    headline: headlineOf(document, verdict),
    tiles: tilesOf(document),
    sections: SECTIONS.flatMap((make) => make(evidence) ?? []),
  };
}
