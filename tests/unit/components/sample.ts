import { environmentSchema, type Environment } from "../../../settings/environment";
import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";
import { listenEntries, listeningOf, type HostListening } from "../../../settings/listen";
import { viewFrom } from "../../../settings/pair";
import { Host, type ServiceArgs } from "../../../components/service-args";

/** A digest in the form of an image's: of no image. */
export const DIGEST = `sha256:${"a".repeat(64)}`;

const HOST_A = {
  stack: "primary",
  docker: "ssh://deploy@a.example:22",
  ssh_config: "/etc/understudy/ssh",
  address: "198.51.100.1",
  replication_address: "203.0.113.1",
};
const HOST_B = {
  stack: "standby",
  docker: "ssh://deploy@b.example:22",
  address: "198.51.100.2",
  replication_address: "203.0.113.2",
};

/** Ports unlike the services' own, so that a mix-up of the two shows. */
const PORTS = {
  postgres: 15432,
  redis: 16379,
  prometheus: 19090,
  alertmanager: 19093,
  alertmanager_cluster: 19094,
  loki: 13100,
  tempo: 13200,
  otlp_http: 14318,
  grafana: 13000,
};

const MEMORY_MIB: Record<ServiceName, number> = {
  redis: 501,
  timescaledb: 1002,
  prometheus: 503,
  alertmanager: 254,
  loki: 505,
  tempo: 506,
  grafana: 257,
};

/** An environment of one or two hosts; every value differs from the defaults. */
export function sampleEnvironment(hosts: 1 | 2, overrides: Record<string, unknown> = {}): Environment {
  return environmentSchema.parse({
    version: 1,
    name: "sample",
    hosts: hosts === 2 ? { "host-a": HOST_A, "host-b": HOST_B } : { "host-a": HOST_A },
    ports: PORTS,
    services: Object.fromEntries(
      SERVICE_NAMES.map((name) => [name, { image: `registry.example/${name}:1`, memory_mib: MEMORY_MIB[name] }]),
    ),
    replication: { redis_backlog_mib: 33, wal_keep_mib: 2048 },
    objectives: { max_failover_seconds: 60, max_data_lag_events: 0 },
    policy: { on_boot_without_peer: "resume", peer_timeout_seconds: 7, retention_days: 9 },
    ...overrides,
  });
}

/** What a host of the sample listens on; its containers were never made before, unless told otherwise. */
export function sampleListening(
  environment: Environment,
  self = "host-a",
  made: HostListening["made"] = new Map(),
): HostListening {
  return { ...listeningOf(listenEntries(viewFrom(environment, self).self), {}), made };
}

/** A service's ports as the sample's first host publishes them. */
export function publishedOn(
  internal: number,
  external: number,
  protocol: "tcp" | "udp" = "tcp",
): readonly Record<string, unknown>[] {
  return ["198.51.100.1", "203.0.113.1", "127.0.0.1"].map((ip) => ({ internal, external, ip, protocol }));
}

/** What `self` tells a service component, with an image pinned by digest. */
export function sampleArgs(environment: Environment, service: ServiceName, self = "host-a"): ServiceArgs {
  const view = viewFrom(environment, self);
  return {
    environment,
    view,
    host: new Host("host", { self: view.self }),
    listening: sampleListening(environment, self),
    image: `registry.example/${service}@${DIGEST}`,
  };
}
