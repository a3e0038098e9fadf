import { z } from "zod";
import { SENTINEL_INSIDE } from "./agent-config";
import { DOOR_PORTS } from "./door-ports";
import { REDIS_TLS_INSIDE } from "./encryption";
import { SERVICE_PORTS, type ServicePortKey } from "./services";

const port = z.number().int().min(1).max(65535);

/** The section `ports`: where a host publishes what its containers listen on. */
export const portsSchema = z
  .strictObject({
    ...(Object.fromEntries(SERVICE_PORTS.map(({ key, inside }) => [key, port.default(inside)])) as Record<
      ServicePortKey,
      ReturnType<typeof port.default>
    >),
    redis_tls: port
      .default(REDIS_TLS_INSIDE)
      .describe("Redis' port for encrypted connections; nothing listens there where `encryption` is `plain`"),
    backup: port.default(8011),
    backup_metrics: port.default(9121),
    agent: port
      .default(8008)
      .describe("port of the host's agent: metrics, and what load balancers ask; only with a section `agent`"),
    sentinel: port
      .default(SENTINEL_INSIDE)
      .describe("port at which the agent answers clients in Sentinel mode; only with `agent.sentinel_name`"),
    postgres_exporter: port.default(9187).describe("port of the host's postgres_exporter; only with `exporters`"),
    redis_exporter: port.default(9122).describe("port of the host's redis_exporter; only with `exporters`"),
    node_exporter: port.default(9110).describe("port of the host's node_exporter; only with `exporters`"),
    collector: port.default(8888).describe("port of the Collector's own metrics; only with `logs`"),
    door_postgres: port.default(DOOR_PORTS.pooler).describe("port of the door to PostgreSQL; only with `clients`"),
    door_redis: port.default(DOOR_PORTS.redis).describe("port of the door to Redis, over TLS; only with `clients`"),
    data_sync: port
      .default(8012)
      .describe("port on which a host gives its services' data to the other one, during a switchover alone"),
    front: port
      .default(9443)
      .describe(
        "port of the TLS front, on `replication_address` alone: what the other host asks over HTTP; only with certificates",
      ),
  })
  .prefault({})
  .describe("published port, the same on both hosts");
