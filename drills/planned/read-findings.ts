import { pairBackup } from "../../settings/pair";
import type { FindingsEvidence } from "../../evidence/findings";
import type { DrillRun } from "../engine/drill-run";
import { findingSource, readFindings } from "../hosts/findings/read-findings";

/** Reads the servers of both hosts as they are: what would stop, lose or lengthen a switchover. Never throws. */
export function readPairFindings({
  from,
  to,
  environment,
  credentials,
  request,
}: Pick<DrillRun, "from" | "to" | "environment" | "credentials" | "request">): Promise<FindingsEvidence> {
  const source = ({ host, redis }: DrillRun["from"]): ReturnType<typeof findingSource> =>
    findingSource(host, redis, environment, credentials);
  return readFindings(
    { from: source(from), fromHost: from.host.name, to: source(to), backup: pairBackup(environment) !== undefined },
    request,
  );
}
