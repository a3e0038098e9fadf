import { DATABASE, filePath, GUARD_FOLDER, SUPERUSER } from "../../../settings/names";
import { SERVICES, type ServiceName } from "../../../settings/services";
import { OWN_PSQL } from "../../hosts/postgres-session";
import { recoverySettings, type RecoveryTarget } from "./recovery-target";

/** How a service runs on restored data, alone: what differs from its own container. */
export interface ScratchPlan {
  /** Null: as the service's own container. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  /** Whether it needs its own container's files: passwords and settings. */
  readonly files: boolean;
  /** Files and folders of its own container that it needs. */
  readonly copied: readonly string[];
  /** Files that are written anew, by name. */
  readonly written: Readonly<Record<string, string>>;
  /** Port it answers HTTP on, and a request that it answers once its data can be read; null: it is asked otherwise. */
  readonly http: { readonly port: number; readonly ready: string } | null;
  /** A command in its container that ends well once its data can be read. */
  readonly ready: readonly string[] | null;
  /** A request (POST) after which it writes everything out and says `Terminated` of itself; null: it does so when it is ended. */
  readonly flush: string | null;
  /** A command in its container that puts its data into the form of the service itself; null: they are in it. */
  readonly settle: readonly string[] | null;
  /** Below the service's folder: what was its host's own, and is made anew when it is not there. */
  readonly forgotten: readonly string[];
  /** Below the service's folder: what the restore needed and the service does not. */
  readonly leftOver: readonly string[];
}

/** Data folder of PostgreSQL below the mount of its volume. */
const PGDATA = "/var/lib/postgresql/data/pgdata";
const LOG = "/var/lib/postgresql/data/wal";

/** Nothing differs but that nobody outside reaches it. */
function asItIs(service: ServiceName): ScratchPlan {
  const { ports, health, stop } = SERVICES[service];
  const http = health.protocol === "http" ? { port: ports[0].inside, ready: health.path } : null;
  return {
    ...{ entrypoint: null, command: null, files: false, copied: [], written: {}, http, ready: null },
    ...{ flush: stop.flush, settle: null, forgotten: [], leftOver: [] },
  };
}

/** A snapshot becomes the append-only file that the service begins from. */
const REDIS_SETTLE = `set -e
redis-cli config set appendonly yes >/dev/null
while redis-cli info persistence | grep -q 'aof_rewrite_\\(in_progress\\|scheduled\\):1'; do sleep 0.2; done
redis-cli info persistence | grep -q aof_last_bgrewrite_status:ok`;

/** Takes a segment, or what was received of the one that was being written. */
export function restoreCommand(log: string): string {
  return `cp ${log}/%f %p 2>/dev/null || cp ${log}/%f.partial %p`;
}

function postgresScript(target: RecoveryTarget, at: FilePlace): string {
  const settings = {
    config_file: at("postgresql.conf"),
    hba_file: at("pg_hba.conf"),
    listen_addresses: "",
    unix_socket_directories: "/tmp",
    // The data may be from when there were more connections; a server without readers asks for no more than it needs.
    hot_standby: "off",
    // What works by itself, such as a scheduler of jobs, is not loaded beside restored data.
    shared_preload_libraries: "",
    restore_command: restoreCommand(LOG),
    ...recoverySettings(target),
  };
  const words = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  return [
    "set --",
    "share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql",
    '[ ! -f "$share/extension/timescaledb.control" ] || set -- -c shared_preload_libraries=timescaledb',
    `exec postgres -D ${PGDATA} ${words.join(" ")} "$@"`,
  ].join("\n");
}

/** Where a container has a file, by its name. */
type FilePlace = (name: string) => string;

/** The settings that an earlier version put elsewhere into its containers, each a path; the others lie in their folder's root. */
const FORMER: Readonly<Record<string, string>> = {
  "prometheus.yml": "/etc/prometheus/prometheus.yml",
  "alertmanager.yml": "/etc/alertmanager/alertmanager.yml",
  "loki.yaml": "/etc/loki/loki.yaml",
  "tempo.yaml": "/etc/tempo.yaml",
};

/**
 * How `service` runs in the scratch network, restored as far as `target`.
 * @param former its own container was made by an earlier version, which had no volume of files
 */
export function scratchPlan(service: ServiceName, target: RecoveryTarget, former = false): ScratchPlan {
  const at: FilePlace = (name) => (former ? (FORMER[name] ?? `${GUARD_FOLDER}/${name}`) : filePath(name));
  const copied = (file: string): readonly string[] => (former ? [file] : []);
  const own = asItIs(service);
  switch (service) {
    case "timescaledb":
      return {
        ...own,
        entrypoint: ["sh", "-c", postgresScript(target, at)],
        command: [],
        files: !former,
        copied: copied(GUARD_FOLDER),
        leftOver: ["wal"],
        ready: [
          "sh",
          "-c",
          `[ "$("$@" -h /tmp -U ${SUPERUSER} -d ${DATABASE} -Atqc 'select pg_is_in_recovery()')" = f ]`,
          "sh",
          ...OWN_PSQL,
        ],
      };
    case "redis":
      return {
        ...own,
        entrypoint: ["redis-server"],
        command: ["--dir", "/data", "--appendonly", "no", "--save", ""],
        ready: ["sh", "-c", '[ "$(redis-cli ping)" = PONG ]'],
        settle: ["sh", "-c", REDIS_SETTLE],
        leftOver: ["dump.rdb"],
      };
    case "prometheus":
      // It scrapes nobody and tells nobody.
      return {
        ...own,
        written: { [at("prometheus.yml")]: "global: {}\n" },
      };
    case "alertmanager":
      return {
        ...own,
        command: [
          `--config.file=${at("alertmanager.yml")}`,
          "--storage.path=/alertmanager",
          "--cluster.listen-address=",
        ],
        files: !former,
        copied: copied(at("alertmanager.yml")),
      };
    case "loki":
      // Index files are named after it: what is made from a backup must not take the names of its host's own files.
      return {
        ...own,
        files: !former,
        copied: copied(at("loki.yaml")),
        http: own.http && { ...own.http, ready: "/loki/api/v1/labels" },
        forgotten: ["tsdb-shipper-active/uploader"],
      };
    case "tempo":
      return {
        ...own,
        files: !former,
        copied: copied(at("tempo.yaml")),
        http: own.http && { ...own.http, ready: "/api/echo" },
      };
    case "grafana":
      return { ...own, files: !former, copied: copied(GUARD_FOLDER) };
  }
}
