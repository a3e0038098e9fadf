import type { Readiness } from "../../evidence/readiness";
import { metricLabel } from "./certificate-metrics";

const READY = "understudy_failover_ready";
const LAST = "understudy_last_rehearsal_timestamp_seconds";
const UNTIL = "understudy_failover_ready_until_timestamp_seconds";

/**
 * Whether a pair is ready, in Prometheus' text format. What is not known is not ready; a pair without an accepted drill
 * has no times. Pure.
 * @param readiness undefined where it could not be read
 */
export function readinessMetrics(environment: string, readiness: Readiness | undefined): string {
  const labels = `{environment=${metricLabel(environment)}}`;
  const time = (name: string, text: string | null | undefined): readonly string[] =>
    text === null || text === undefined ? [] : [`${name}${labels} ${Date.parse(text) / 1000}`];
  return `${[
    `# HELP ${READY} 1 while the last accepted drill is young enough and was of what is declared now.`,
    `# TYPE ${READY} gauge`,
    `${READY}${labels} ${readiness?.ready === true ? 1 : 0}`,
    `# HELP ${LAST} When the last accepted drill ended.`,
    `# TYPE ${LAST} gauge`,
    ...time(LAST, readiness?.rehearsal?.finishedAt),
    `# HELP ${UNTIL} When the last accepted drill is too old.`,
    `# TYPE ${UNTIL} gauge`,
    ...time(UNTIL, readiness?.validUntil),
  ].join("\n")}\n`;
}
