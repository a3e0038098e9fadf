import { pairBackup } from "../../settings/pair";
import type { FindingsEvidence } from "../../evidence/findings";
import type { DrillRun } from "../engine/drill-run";
import { findingSource, readFindings } from "../hosts/findings/read-findings";

/** Reads the servers of both hosts as they are: what would stop, lose or lengthen a switchover. Never throws. */
export function readPairFindings({
  from,
  to,
  environment,
  request,
}: Pick<DrillRun, "from" | "to" | "environment" | "request">): Promise<FindingsEvidence> {
  const source = (one: DrillRun["from"]): ReturnType<typeof findingSource> => findingSource(one, environment);
  return readFindings(
    { from: source(from), fromHost: from.host.name, to: source(to), backup: pairBackup(environment) !== undefined },
    request,
  );
}
