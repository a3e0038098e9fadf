/** Why a setting of PostgreSQL is not the operator's, by what its name matches; the first that matches counts. */
const MANAGED: readonly (readonly [RegExp, string])[] = [
  [/^include(_dir|_if_exists)?$/, "the file is read by one server alone: write its settings here"],
  [
    /^(listen_addresses|port|bonjour.*|unix_socket_.*)$/,
    "where the server listens comes from `ports` and `hosts.NAME.listen`",
  ],
  [
    /^(config|hba|ident|external_pid)_file$|^data_directory$/,
    "the boot guard says where the server's files are; it writes who may connect",
  ],
  [/^ssl(_.*)?$/, "`encryption` and `understudy certificates` are for it"],
  [/^(password_encryption|krb_.*|gss_.*|db_user_namespace)$/, "our own sessions log in by SCRAM"],
  [
    /^(wal_level|wal_log_hints|hot_standby|full_page_writes|fsync|wal_init_zero|recovery_init_sync_method)$/,
    "a standby, and the return of a former primary by rewind, need it as it is",
  ],
  [
    /^(zero_damaged_pages|ignore_.*|allow_system_table_mods|data_sync_retry|debug_.*)$/,
    "it is for the repair of one server by hand, and would spoil both",
  ],
  [
    /^(synchronous_.*|synchronized_standby_slots)$/,
    "what is acknowledged is on the primary's disk; a transaction says otherwise for itself: set local synchronous_commit = off",
  ],
  [/^archive_.*|^restore_command$/, "the section `backup` is for the archive of the write-ahead log"],
  [
    /^(primary_.*|recovery_.*|promote_trigger_file|cluster_name|wal_receiver_.*|wal_sender_.*|wal_retrieve_.*)$/,
    "how a standby follows, and how soon a dead line is given up, belongs to the change of roles",
  ],
  [
    /^(wal_keep_size|max_slot_wal_keep_size|idle_replication_slot_timeout)$/,
    "`replication.wal_keep_mib` says how much is kept for a standby that is away",
  ],
  [/^(tcp_.*|client_connection_check_interval)$/, "how soon a silent client is given up is the product's"],
  [/^(default_)?transaction_read_only$/, "the server's role decides who may write"],
  [
    /^(lc_messages|log_destination|logging_collector)$/,
    "tools read the server's log, which its container engine keeps",
  ],
  [/^dynamic_shared_memory_type$|^shared_memory_type$/, "it fits the container's shared memory"],
  [/^shared_preload_libraries$/, "`timescaledb.preload` is for it"],
  [
    /^(session|local)_preload_libraries$/,
    "a library that is missing would keep every session out, our own too: `timescaledb.preload` is for it",
  ],
  [/^(application_name|role|session_authorization|seed|is_superuser)$/, "it is each session's own"],
];

/** The least that the product itself needs of a setting. */
const LEAST: Readonly<Record<string, number>> = {
  max_connections: 25,
  max_wal_senders: 10,
  max_replication_slots: 10,
  max_worker_processes: 8,
};

/** The settings of which a standby must not have less than its primary, or it does not run. */
export const POSTGRES_LIMITS = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
] as const;

/** One of `POSTGRES_LIMITS`. */
export type PostgresLimit = (typeof POSTGRES_LIMITS)[number];

/** What each of them is where nobody says: as `configs/timescaledb/postgresql.conf` or the server itself has it. */
export const USUAL_LIMITS: Readonly<Record<PostgresLimit, number>> = {
  max_connections: 100,
  max_worker_processes: 24,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};

/** A name as PostgreSQL has them, in lower case; one with a dot is an extension's. */
export const POSTGRES_NAME = /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62}){0,2}$/;

/** Why an operator may not set this to that; undefined when they may. Pure: whether the server knows it, it says itself. */
export function whyNotPostgres(name: string, value: string): string | undefined {
  if (!POSTGRES_NAME.test(name))
    return "a name of PostgreSQL's in lower case, such as work_mem, or an extension's, such as pg_stat_statements.max";
  const managed = MANAGED.find(([names]) => names.test(name));
  if (managed !== undefined) return `another setting: ${managed[1]}`;
  if (/[\r\n\0]/.test(value)) return "a value without a line break";
  const least = LEAST[name];
  if (least !== undefined && !(/^\d{1,9}$/.test(value) && Number(value) >= least))
    return `a whole number, at least ${least}, which the product itself needs`;
  if ((POSTGRES_LIMITS as readonly string[]).includes(name) && !/^\d{1,9}$/.test(value)) return "a whole number";
  return undefined;
}
