import { readFileSync } from "node:fs";
import path from "node:path";
import { exposition } from "../../agent/exposition";
import { metrics } from "../../agent/metrics";
import type { Role } from "../../settings/pair";
import { guardSight, hostSight, postgresSight, saidNow, SEEN_MS } from "./agent-sight";
import type { FedTarget } from "./fed-prometheus";

/** What an exporter of this name said of a real server in this role, written down: see `docs/design/exporters.md`. */
function recorded(exporter: "postgres" | "redis" | "node", role: Role): string {
  return readFileSync(path.resolve(__dirname, "expositions", `${exporter}-${role}.txt`), "utf8");
}

/** The same with every counter a little higher at each turn, as of servers that have work. */
function atWork(text: string, turn: number): string {
  return text.replaceAll(
    /^(\S*(?:_total|_xact_\w+|_tup_\w+)(?:\{.*\})?) (\S+)$/gm,
    (_, series: string, value: string) => `${series} ${String(Number(value) + turn)}`,
  );
}

function agentOf(host: string, role: Role): string {
  const slots = [
    { name: "understudy_host_b", active: true, walStatus: "reserved", safeBytes: 5e9, retainedBytes: 7000 },
  ];
  const sight = hostSight(role, {
    timescaledb: { server: saidNow(postgresSight(role, { slots })), guard: guardSight(role) },
    certificates: [{ name: "server", kind: "leaf", notAfter: SEEN_MS / 1000 + 5e6 }],
    lastDrill: { id: "20261130t030000z", at: SEEN_MS / 1000 - 600 },
    drillUntil: SEEN_MS / 1000 + 60,
  });
  const peer = { host: "other", url: "http://other/" };
  const config = { peer, lagObjectiveBytes: 16_777_216, host, environment: "sample" };
  return exposition(metrics(sight, config, SEEN_MS), { host, environment: "sample" });
}

/** As `configs/backup/metrics.sh` writes it. */
const BACKUP = `understudy_backup_last_good_timestamp_seconds{of_host="host-a",of_service="loki"} ${String(SEEN_MS / 1000)}
understudy_backup_last_attempt_succeeded{of_host="host-a",of_service="loki"} 1
understudy_backup_last_attempt_seconds{of_host="host-a",of_service="loki"} 4
understudy_backup_size_bytes{of_host="host-a",of_service="loki"} 40000
understudy_backup_max_age_seconds{of_host="host-a",of_service="loki"} 93600
understudy_backup_min_free_bytes 1000000
understudy_backup_free_bytes 9000000
understudy_backup_wal_received_timestamp_seconds{of_host="host-a"} ${String(SEEN_MS / 1000)}
`;

/** Whether the pair is ready, as the file for node_exporter says it, and what its drills measured. */
const TOLD = `understudy_failover_ready{environment="sample"} 1
understudy_drill_outage_seconds{drill="20261130t030000z",store="timescaledb"} 0.12
understudy_drill_outage_seconds{drill="20261130t030000z",store="redis"} 0.03
`;

/**
 * Everything that is scraped of a pair, by both exporters and agents: `host-a` is primary, until the roles are exchanged.
 */
export function pairTargets(exchanged: () => boolean): readonly FedTarget[] {
  const exporters = "understudy-exporters";
  return (["primary", "standby"] as const).flatMap((role): FedTarget[] => {
    const host = role === "primary" ? "host-a" : "host-b";
    const one = (job: string, service: string, text: FedTarget["text"]): FedTarget => ({ job, host, service, text });
    const now = (): Role => (exchanged() === (role === "primary") ? "standby" : "primary");
    return [
      one("understudy-agent", "agent", () => agentOf(host, now())),
      one("understudy", "backup", () => BACKUP),
      one(exporters, "postgres-exporter", (turn) => atWork(recorded("postgres", role), turn)),
      one(exporters, "redis-exporter", (turn) => atWork(recorded("redis", role), turn)),
      one(
        exporters,
        "node-exporter",
        (turn) => atWork(recorded("node", role), turn) + (role === "primary" ? TOLD : ""),
      ),
    ];
  });
}
