import { COLLECTOR_FOLDER, COLLECTOR_METRICS, ROLES_FOLDER } from "../settings/logs";
import type { ContainerName } from "../settings/services";

/** A Loki that gets the lines. */
export interface LogTarget {
  /** The whole address of its receiver of OTLP. */
  readonly url: string;
  /** Files for TLS, and the name that its certificate has to have; absent over plain HTTP. */
  readonly tls?: Readonly<Record<"ca_file" | "cert_file" | "key_file" | "server_name_override", string>>;
}

/** What the Collector of one host is told. */
export interface CollectorWords {
  readonly host: string;
  /** The engine's id of each container whose log is taken. */
  readonly ids: Readonly<Partial<Record<ContainerName, string>>>;
  /** The Loki on the same host, and the other host's. */
  readonly lokis: { readonly own: LogTarget; readonly peer?: LogTarget | undefined };
  readonly memoryMib: number;
  /** Of what waits for one Loki. */
  readonly queueMib: number;
  /** Where it answers for Prometheus. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** Its folder. @default the one in its container */
  readonly folder?: string;
}

const MIB = 1024 * 1024;

/** Longest line, bytes: the rest comes as further lines. Loki takes 256 KB. */
const LONGEST = 200_000;
/** A part of a line as the engine writes it: at most 16 KiB, but more in JSON. */
const LONGEST_PART = 256_000;

/** A guard's words of a drill: `fenced by drill ID …`, and the same of others; an id has a digit, other words have none. */
const DRILL_WORDS = "\\bdrill (?P<drill>[a-z0-9][a-z0-9-]*[0-9][a-z0-9-]*)";

/**
 * What is done with each line. The engine has cut long lines into parts, of which only the last ends as a line does. Lines
 * of PostgreSQL that begin with a tab belong to the one before. Whatever cannot be taken apart goes on as it is.
 */
function operators({ host, ids }: CollectorWords): readonly object[] {
  const services = Object.fromEntries(Object.entries(ids).map(([service, id]) => [id, service]));
  const quiet = { on_error: "send_quiet" };
  return [
    {
      ...{ type: "json_parser", parse_from: "body", parse_to: "attributes", ...quiet },
      timestamp: {
        parse_from: "attributes.time",
        layout_type: "gotime",
        layout: "2006-01-02T15:04:05.999999999Z07:00",
      },
    },
    {
      ...{ type: "regex_parser", parse_from: 'attributes["log.file.path"]', parse_to: "attributes" },
      regex: `/${ROLES_FOLDER}/(?P<role>[a-z]+)/(?P<id>[^/]+)/`,
    },
    { type: "add", field: "resource.host", value: host },
    { type: "add", field: "resource.service", value: `EXPR(${JSON.stringify(services)}[attributes.id] ?? "unknown")` },
    { type: "move", from: "attributes.role", to: "resource.role" },
    {
      ...{ type: "recombine", combine_field: "attributes.log", combine_with: "", source_identifier: "attributes.id" },
      ...{ is_last_entry: '(attributes.log ?? "\\n") endsWith "\\n"', overwrite_with: "oldest" },
      ...{ max_log_size: LONGEST, force_flush_period: "1s", ...quiet },
    },
    {
      ...{ type: "add", field: "body", value: 'EXPR(trimSuffix(attributes.log, "\\n"))', ...quiet },
      if: "attributes.log != nil",
    },
    {
      ...{ type: "recombine", if: 'resource.service == "timescaledb"', combine_field: "body", combine_with: "\n" },
      ...{
        source_identifier: "attributes.id",
        is_first_entry: 'not (body startsWith "\\t")',
        overwrite_with: "oldest",
      },
      ...{ max_log_size: LONGEST, force_flush_period: "500ms", ...quiet },
    },
    {
      ...{ type: "regex_parser", parse_from: "body", parse_to: "attributes", ...quiet },
      regex: "understudy: (?P<guard>[a-z][a-z-]*)",
      if: 'body contains " understudy: "',
    },
    {
      ...{ type: "regex_parser", parse_from: "body", parse_to: "attributes", regex: DRILL_WORDS, ...quiet },
      if: 'attributes.guard != nil and body contains "drill "',
    },
    ...["log", "time", "id", '["log.file.path"]', '["log.file.name"]'].map((name) => ({
      ...{ type: "remove", field: name.startsWith("[") ? `attributes${name}` : `attributes.${name}`, ...quiet },
      if: name.startsWith("[") ? `attributes${name} != nil` : `attributes.${name} != nil`,
    })),
  ];
}

function exporter({ url, tls }: LogTarget, queueMib: number, waits: boolean): object {
  return {
    ...{ logs_endpoint: url, encoding: "json", compression: "gzip", timeout: "10s" },
    ...(tls === undefined ? {} : { tls: { ...tls, min_version: "1.2" } }),
    retry_on_failure: { enabled: true, initial_interval: "500ms", max_interval: "5s", max_elapsed_time: "0s" },
    sending_queue: {
      ...{ storage: "file_storage", sizer: "bytes", queue_size: queueMib * MIB, block_on_overflow: waits },
      // One at a time, so that lines come in the order in which they were written.
      ...{ num_consumers: 1, batch: { sizer: "bytes", flush_timeout: "200ms", min_size: 0, max_size: MIB } },
    },
  };
}

/**
 * The Collector's configuration, as JSON. Each Loki has a queue of its own on the disk. Where the own one is full, nothing
 * more is read, and what is not read stays in the engine's files. Where the other host's is full, what does not fit is not
 * sent there: it is in the own Loki.
 */
export function collectorConfig(words: CollectorWords): string {
  const { ids, lokis, memoryMib, queueMib, folder = COLLECTOR_FOLDER } = words;
  const metrics = words.metrics ?? { host: "0.0.0.0", port: COLLECTOR_METRICS.inside };
  const files = Object.values(ids).map((id) => `${folder}/${ROLES_FOLDER}/*/${id}/${id}-json.log*`);
  const queues = `${folder}/queues`;
  const peer = lokis.peer === undefined ? {} : { "otlp_http/peer": exporter(lokis.peer, queueMib, false) };
  const config = {
    extensions: {
      file_storage: {
        ...{ directory: queues, create_directory: true, directory_permissions: "0700", max_size: 2 * queueMib * MIB },
        // What a loss of power leaves unreadable is made anew, and the logs are read from their beginning.
        ...{ fsync: false, recreate: true, timeout: "5s" },
        compaction: {
          ...{ on_start: true, on_rebound: true, directory: queues, cleanup_on_start: true },
          ...{ rebound_needed_threshold_mib: 32, rebound_trigger_threshold_mib: 8, check_interval: "30s" },
        },
      },
    },
    receivers: {
      file_log: {
        ...{ include: files, exclude: files.map((one) => `${one}.gz`), start_at: "beginning", storage: "file_storage" },
        ...{ poll_interval: "500ms", max_log_size: LONGEST_PART, include_file_name: false, include_file_path: true },
        retry_on_failure: { enabled: true, initial_interval: "500ms", max_interval: "5s", max_elapsed_time: "0s" },
        operators: operators(words),
      },
    },
    processors: {
      memory_limiter: {
        ...{
          check_interval: "1s",
          limit_mib: Math.floor(memoryMib * 0.8),
          spike_limit_mib: Math.floor(memoryMib * 0.2),
        },
      },
      // It parts the other host's queue from the own: what that one refuses holds nobody up.
      batch: { timeout: "200ms", send_batch_size: 1000, send_batch_max_size: 1000 },
    },
    connectors: { forward: {} },
    exporters: { "otlp_http/own": exporter(lokis.own, queueMib, true), ...peer },
    service: {
      extensions: ["file_storage"],
      pipelines: {
        "logs/read": { receivers: ["file_log"], processors: ["memory_limiter"], exporters: ["forward"] },
        "logs/own": { receivers: ["forward"], exporters: ["otlp_http/own"] },
        ...(lokis.peer === undefined
          ? {}
          : { "logs/peer": { receivers: ["forward"], processors: ["batch"], exporters: ["otlp_http/peer"] } }),
      },
      telemetry: {
        logs: { level: "warn" },
        metrics: { level: "normal", readers: [{ pull: { exporter: { prometheus: metrics } } }] },
      },
    },
  };
  // A dollar begins a reference to something else.
  return `${JSON.stringify(config, undefined, 2).replaceAll("$", "$$$$")}\n`;
}
