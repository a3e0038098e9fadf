import type { CertificateState } from "../certificates/expiry";

const ENDS = "understudy_certificate_not_after_timestamp_seconds";
const READABLE = "understudy_certificates_readable";

/** A label's value, by the rules of Prometheus' text format. */
export function metricLabel(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/**
 * When each certificate of a pair ends, in Prometheus' text format, for the textfile collector of node_exporter. A host
 * whose certificates cannot be read has no ends and the value 0 beside its name; one without any has no line. Pure.
 */
export function certificateMetrics(environment: string, states: Readonly<Record<string, CertificateState>>): string {
  const common = (host: string): string => `environment=${metricLabel(environment)},host=${metricLabel(host)}`;
  const entries = Object.entries(states).filter(([, { kind }]) => kind !== "none");
  const ends = entries.flatMap(([host, state]) =>
    state.kind !== "read"
      ? []
      : state.expiries.map(
          ({ kind, name, toMs }) =>
            `${ENDS}{${common(host)},kind=${metricLabel(kind)},name=${metricLabel(name)}} ${toMs / 1000}`,
        ),
  );
  return `${[
    `# HELP ${ENDS} When a certificate of a host, or a CA that it believes, ends.`,
    `# TYPE ${ENDS} gauge`,
    ...ends,
    `# HELP ${READABLE} 1 when the certificates in a host's stack can be read.`,
    `# TYPE ${READABLE} gauge`,
    ...entries.map(([host, { kind }]) => `${READABLE}{${common(host)}} ${kind === "read" ? 1 : 0}`),
  ].join("\n")}\n`;
}
