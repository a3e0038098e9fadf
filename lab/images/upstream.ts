import type { ServiceName } from "../../settings/services";

/** The images that the components are written for, by tag; a lab whose engine reaches their registry uses them. */
export const UPSTREAM_IMAGES: Readonly<Record<ServiceName, string>> = {
  redis: "redis:7.2.5-bookworm",
  timescaledb: "timescale/timescaledb:2.17.2-pg15",
  prometheus: "prom/prometheus:v2.53.2",
  alertmanager: "prom/alertmanager:v0.27.0",
  loki: "grafana/loki:3.7.8",
  tempo: "grafana/tempo:2.5.0",
  grafana: "grafana/grafana:11.1.4",
};

/** `repository@digest` for a reference with a tag, such as `prom/prometheus:v2.53.2`. */
export function pinned(reference: string, digest: string): string {
  const tag = reference.indexOf(":", reference.lastIndexOf("/") + 1);
  return `${tag < 0 ? reference : reference.slice(0, tag)}@${digest}`;
}
