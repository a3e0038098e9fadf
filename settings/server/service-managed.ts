import type { OtherService } from "../services";

/** What of a service's configuration is whose. */
export interface ServiceNames {
  /** The sections that its product knows; any other one is refused. */
  readonly known: readonly string[];
  /** What is the program's, from the first of a path's names on, and why; `*` ends one that stands for many names. */
  readonly managed: Readonly<Record<string, string>>;
}

const LISTENS = "where it listens, and how it is asked there, comes from `ports` and `hosts.NAME.listen`";
const KEPT = "where it keeps its data belongs to backups, and to what a drill carries to the other host";
const RETENTION = "`policy.retention_days` is for it";
const ALONE = "it is one process, and knows no others";
const OUTSIDE = "a pair's services call nobody outside";
const TEXTS = "its own files are not put there";

/** What every service of one process by the same makers has: a server of a kind. */
const SERVER: ServiceNames["managed"] = {
  target: ALONE,
  memberlist: ALONE,
  "server.http_*": LISTENS,
  "server.grpc_listen_*": LISTENS,
  "server.grpc_tls_config": LISTENS,
  "server.register_instrumentation": LISTENS,
  "ingester.lifecycler": ALONE,
};

/** By the names of configurations: Prometheus 2 and 3, Alertmanager 0.27 and later, Loki 3, Tempo 2 and 3, Grafana 10 and later. */
export const SERVICE_NAMES_OF: Readonly<Record<OtherService, ServiceNames>> = {
  prometheus: {
    known: [
      ...["global", "storage", "tracing", "otlp", "runtime", "remote_write", "remote_read", "alerting"],
      ...["rule_files", "scrape_configs", "scrape_config_files"],
    ],
    managed: {
      scrape_configs: "`overlays.scrape_jobs` is for jobs of your own",
      scrape_config_files: "`overlays.scrape_jobs` is for jobs of your own",
      rule_files: "`overlays.rules` is for rules of your own",
      alerting: "each Prometheus tells both Alertmanagers; `overlays.alerts` is for receivers of your own",
      "global.external_labels": "by these labels an alert of both hosts is one",
    },
  },
  alertmanager: {
    known: ["global", "route", "time_intervals", "tracing", "receivers", "inhibit_rules", "templates"],
    managed: {
      receivers: "`notify` or `overlays.alerts` is for receivers",
      "route.receiver": "`overlays.alerts` is for it",
      "route.routes": "`overlays.alerts` is for routes",
      "route.match*": "the first route takes every alert",
      "route.continue": "the first route takes every alert",
      inhibit_rules: "what holds alerts back during a drill is the program's",
      templates: TEXTS,
    },
  },
  loki: {
    known: [
      ...["auth_enabled", "target", "server", "common", "distributor", "querier", "query_scheduler", "query_range"],
      ...["frontend", "frontend_worker", "ingester", "ingester_client", "pattern_ingester", "index_gateway", "ruler"],
      ...["ruler_storage", "storage_config", "chunk_store_config", "schema_config", "compactor", "limits_config"],
      ...["operational_config", "runtime_config", "tracing", "analytics", "memberlist", "table_manager", "profiling"],
      ...["bloom_build", "bloom_gateway", "ballast_bytes", "shutdown_delay", "metrics_namespace", "ui"],
    ],
    managed: {
      ...SERVER,
      auth_enabled: "whoever writes and reads logs here is one tenant",
      common: KEPT,
      schema_config: KEPT,
      storage_config: KEPT,
      chunk_store_config: KEPT,
      ruler_storage: KEPT,
      table_manager: RETENTION,
      "ingester.wal": KEPT,
      "limits_config.retention_period": RETENTION,
      "compactor.working_directory": KEPT,
      "compactor.retention_enabled": RETENTION,
      "compactor.delete_request_store": KEPT,
      "frontend_worker.frontend_address": ALONE,
      runtime_config: TEXTS,
      analytics: OUTSIDE,
    },
  },
  tempo: {
    known: [
      ...["target", "server", "distributor", "ingester", "metrics_generator", "query_frontend", "querier", "compactor"],
      ...["storage", "overrides", "usage_report", "memberlist", "cache", "internal_server", "stream_over_http_enabled"],
      ...["multitenancy_enabled", "http_api_prefix", "auth_enabled", "backend_scheduler", "backend_worker"],
      ...["live_store", "block_builder", "ingest", "metrics_generator_client", "ingester_client"],
    ],
    managed: {
      ...SERVER,
      multitenancy_enabled: "whoever writes and reads spans here is one tenant",
      auth_enabled: "whoever writes and reads spans here is one tenant",
      http_api_prefix: LISTENS,
      stream_over_http_enabled: LISTENS,
      internal_server: LISTENS,
      "distributor.receivers": "it takes spans as OTLP over HTTP, at `ports.otlp_http`",
      storage: KEPT,
      "compactor.compaction.block_retention": RETENTION,
      "backend_worker.compaction.block_retention": RETENTION,
      "overrides.per_tenant_override_config": TEXTS,
      usage_report: OUTSIDE,
    },
  },
  grafana: {
    known: [
      ...["server", "users", "auth", "auth.anonymous", "auth.basic", "auth.proxy", "auth.jwt", "auth.ldap"],
      ...["auth.generic_oauth", "auth.google", "auth.github", "auth.gitlab", "auth.azuread", "auth.okta"],
      ...["smtp", "emails", "log", "log.console", "metrics", "security", "snapshots", "dashboards", "annotations"],
      ...["alerting", "unified_alerting", "explore", "query", "query_history", "rendering", "panels", "live", "quota"],
      ...["rbac", "date_formats", "expressions", "feature_toggles", "dataproxy", "help", "profile", "news", "plugins"],
      ...["service_accounts", "short_links", "public_dashboards", "caching", "tracing.opentelemetry", "paths"],
      ...["tracing.opentelemetry.otlp", "sql_datasources", "time_picker", "recording_rules", "database", "analytics"],
    ],
    managed: {
      "server.http_*": LISTENS,
      "server.protocol": LISTENS,
      "server.socket*": LISTENS,
      "server.cert_*": "the TLS front is for it",
      paths: KEPT,
      database: KEPT,
      "security.admin_*": "Grafana's first password comes from the stacks' config",
      "security.disable_initial_admin_creation": "drills log in as that user",
      "auth.basic.enabled": "drills log in so",
      "auth.disable_login_form": "drills log in so",
      "users.allow_sign_up": "nobody makes an account for themselves",
      analytics: OUTSIDE,
      "plugins.preinstall*": OUTSIDE,
    },
  },
};

/** The kinds of value that a flag of Prometheus takes. */
const KINDS = {
  time: [/^(\d+(ms|s|m|h|d|w|y))+$/, "a time such as 30s, 5m or 1h30m"],
  number: [/^\d{1,12}$/, "a whole number"],
  switch: [/^(true|false)$/, "true or false"],
  level: [/^(debug|info|warn|error)$/, "debug, info, warn or error"],
  words: [/^[A-Za-z0-9][A-Za-z0-9,._ -]{0,199}$/, "words of letters, digits, commas, dots and hyphens"],
} as const;

const FLAGS: Readonly<Record<string, keyof typeof KINDS>> = {
  "query.timeout": "time",
  "query.lookback-delta": "time",
  "query.max-concurrency": "number",
  "query.max-samples": "number",
  "storage.remote.flush-deadline": "time",
  "storage.remote.read-sample-limit": "number",
  "storage.remote.read-concurrent-limit": "number",
  "storage.tsdb.wal-compression": "switch",
  "rules.alert.for-outage-tolerance": "time",
  "rules.alert.for-grace-period": "time",
  "rules.alert.resend-delay": "time",
  "rules.max-concurrent-evals": "number",
  "alertmanager.notification-queue-capacity": "number",
  "web.max-connections": "number",
  "web.read-timeout": "time",
  "web.page-title": "words",
  "web.enable-remote-write-receiver": "switch",
  "web.enable-otlp-receiver": "switch",
  "enable-feature": "words",
  "log.level": "level",
};

const MANAGED_FLAGS: readonly (readonly [RegExp, string])[] = [
  [/^(config\.file|storage\.tsdb\.(path|retention.*|.*-block-.*)|storage\.agent.*|agent)$/, KEPT],
  [/^web\.(listen-address|config\.file|external-url|route-prefix|user-assets|console.*)$/, LISTENS],
  [/^web\.enable-(admin-api|lifecycle)$/, "backups ask for snapshots, and a signal has it read its files anew"],
];

/** Why an operator may not give this flag to Prometheus; undefined when they may. */
export function whyNotFlag(name: string, value: string): string | undefined {
  const managed = MANAGED_FLAGS.find(([names]) => names.test(name));
  if (managed !== undefined) return `another flag: ${managed[1]}`;
  const kind = FLAGS[name];
  if (kind === undefined) return `one of ${Object.keys(FLAGS).join(", ")}`;
  const [form, words] = KINDS[kind];
  return form.test(value) ? undefined : words;
}

/** A flag as a command has it. */
export function flagWord(name: string, value: string): string {
  return FLAGS[name] === "switch" ? `--${value === "true" ? "" : "no-"}${name}` : `--${name}=${value}`;
}
