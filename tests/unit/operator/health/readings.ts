import type { ServiceReading } from "../../../../operator/health/read-services";
import { namedHosts } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";

const [HOST_A] = namedHosts(sampleEnvironment(2));

/** A healthy service on host-a, a primary; what differs is given. */
export function reading(changes: Partial<ServiceReading> = {}): ServiceReading {
  return {
    host: HOST_A!,
    service: "timescaledb",
    answer: { kind: "ready", latencyMs: 4.2 },
    container: {
      ...{ read: true, running: true, status: "running", health: "healthy", said: "", image: "postgres:15" },
      since: "2026-11-23T10:00:00.000Z",
    },
    health: { status: "healthy", reason: null },
    store: { state: "observed", role: "primary", detail: {} },
    hostRole: "primary",
    ...changes,
  };
}
