import { AGENT_IMAGE } from "../../settings/agent-section";
import { POOLER_IMAGE } from "../../settings/clients-section";
import { EXPORTER_IMAGES } from "../../settings/exporters-section";
import { FRONT_IMAGE } from "../../settings/front-section";
import { COLLECTOR_IMAGE } from "../../settings/logs-section";
import type { ContainerName } from "../../settings/services";

/** What has an image of upstream: nobody publishes one with the tools of the backups. */
export type UpstreamName = Exclude<ContainerName, "backup">;

/** Upstream's image of each of them, by tag or digest. */
export type UpstreamImages = Readonly<Record<UpstreamName, string>>;

/** The images that the components are written for; a lab whose operator reaches their registry uses them. */
export const UPSTREAM_IMAGES: UpstreamImages = {
  redis: "redis:7.2.16-bookworm",
  timescaledb: "timescale/timescaledb:2.28.4-pg15",
  prometheus: "prom/prometheus:v3.13.5",
  alertmanager: "prom/alertmanager:v0.35.1",
  loki: "grafana/loki:3.7.8",
  tempo: "grafana/tempo:2.9.2",
  grafana: "grafana/grafana:12.3.6",
  front: FRONT_IMAGE,
  agent: AGENT_IMAGE,
  "postgres-exporter": EXPORTER_IMAGES.postgres,
  "redis-exporter": EXPORTER_IMAGES.redis,
  "node-exporter": EXPORTER_IMAGES.node,
  collector: COLLECTOR_IMAGE,
  door: FRONT_IMAGE,
  pooler: POOLER_IMAGE,
  keeper: AGENT_IMAGE,
};

/** The tag under which the copy of an upstream image lies in the lab's registry: it changes when upstream's tag or digest does. */
export function upstreamTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const version = /[:@](.+)$/.exec(name)?.[1] ?? "latest";
  return `upstream-${version.replaceAll(/[^\w.-]/g, "-")}`;
}
