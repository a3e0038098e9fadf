import { createHmac } from "node:crypto";
import type { ClientCertificate } from "./certificates/clients";
import { CREDENTIAL_KEYS, formerCredentials, type Credentials } from "./credentials";
import { ARCHIVE_SLOT, DOOR_ROLE, SUPERUSER } from "./names";
import { ownRedisPassword, type OwnRedisUser } from "./own-redis-users";

/** The roles of PostgreSQL with which the product's own sessions log in over the network, and who uses each. */
export const OWN_ROLES = {
  understudy_drill: "what reads and steers a pair from the operator's machine: drill, status, doctor, up, rejoin",
  understudy_probe: "the probe, which writes numbered events and reads them back",
  understudy_guard: "the other host: its boot guard, what notes how far it follows, its return by rewind",
  understudy_agent: "the host's own agent, which watches its server and changes nothing",
  understudy_exporter: "the host's own exporter, where there is one: it reads statistics and changes nothing",
} as const;

/** One of the roles with which the product's own sessions log in. */
export type OwnRole = keyof typeof OWN_ROLES;

/** All of them. */
export const OWN_ROLE_NAMES = Object.keys(OWN_ROLES) as readonly OwnRole[];

/** Those that show a certificate of their own: whoever comes from another machine. Agent and exporter stay on their host. */
export const CERTIFIED_ROLES = OWN_ROLE_NAMES.filter(
  (role): role is Exclude<OwnRole, "understudy_agent" | "understudy_exporter"> =>
    role !== "understudy_agent" && role !== "understudy_exporter",
);

/**
 * The password of one of our accounts: derived, so that nobody has to keep it, and so that who has one has no other.
 * Whoever has what it is derived from has all of them.
 */
export function ownPassword({ roles, postgres }: Pick<Credentials, "roles" | "postgres">, account: string): string {
  return createHmac("sha256", roles ?? postgres)
    .update(`understudy role ${account}`)
    .digest("base64url");
}

/** A former password, while it or what it is derived from is being exchanged; undefined otherwise. */
export function formerOf<T extends Partial<Credentials>>(
  credentials: T,
  derive: (all: T) => string,
): string | undefined {
  const former = formerCredentials(credentials);
  const password = former && derive(former);
  return password === derive(credentials) ? undefined : password;
}

/** How the probe logs in to both stores. */
export interface ProbeCredentials {
  /** The former passwords of the same two, while they are being exchanged. */
  readonly former?: { readonly postgres?: string; readonly redis?: string };
  readonly postgres: string;
  readonly redis: string;
  /** Whom PostgreSQL's password is of. */
  readonly user: string;
  /** How its sessions of PostgreSQL encrypt; absent where they are plain. */
  readonly tls?: ClientCertificate;
  /** The same of Redis, where an endpoint says that they encrypt; absent where there are no certificates. */
  readonly redisTls?: ClientCertificate;
  /** Whom Redis' password is of. */
  readonly redisUser: string;
  /** The password of Redis' `default`, for a server that does not know that user. */
  readonly redisBefore: string;
}

/**
 * How the probe logs in.
 * @param seen a session of ours, where there is one: a pair that let in its superuser does not have the roles yet, and
 * one that encrypts does so for the probe as well
 */
export function probeCredentials(
  credentials: Pick<Credentials, "roles" | "postgres" | "redis" | "clients" | "before">,
  seen?: { readonly user?: string | undefined; readonly ssl?: unknown },
): ProbeCredentials {
  const role = "understudy_probe" satisfies OwnRole & OwnRedisUser;
  // The client of PostgreSQL has the options that it encrypts with there, and not `true`.
  const shown = seen?.ssl ? credentials.clients?.[role] : undefined;
  const [postgres, redis] = [
    formerOf(credentials, (all) => ownPassword(all, role)),
    formerOf(credentials, (all) => ownRedisPassword(all, role)),
  ];
  const former = { ...(postgres !== undefined && { postgres }), ...(redis !== undefined && { redis }) };
  const common = {
    ...(Object.keys(former).length > 0 && { former }),
    redisUser: role,
    redis: ownRedisPassword(credentials, role),
    redisBefore: credentials.redis,
    ...(shown && { tls: shown }),
    ...(credentials.clients?.[role] && { redisTls: credentials.clients[role] }),
  };
  return seen?.user === SUPERUSER
    ? { user: SUPERUSER, postgres: credentials.postgres, ...common }
    : { user: role, postgres: ownPassword(credentials, role), ...common };
}

/** The name among the credentials of what our accounts' passwords are derived from. */
export function rootOf({ roles }: Pick<Credentials, "roles">): "roles" | "postgres" {
  return roles === undefined ? "postgres" : "roles";
}

/** The key of the stack's config of what our accounts' passwords are derived from. */
export function rootKey(credentials: Pick<Credentials, "roles">): string {
  return CREDENTIAL_KEYS[rootOf(credentials)];
}

/** The comment on the guard's role in the data: from then on the superuser logs in by the local socket alone. */
export const SUPERUSER_IS_LOCAL = "superuser-is-local";

/** A process id alone may be another session's by now. */
export const ONE_AND_THE_SAME = "a.pid || ' ' || extract(epoch from a.backend_start)";

/** Sessions of clients, and of receivers of the write-ahead log; not this one, nor the standby's, whose slot is $1. */
const OTHERS = `a.backend_type in ('client backend', 'walsender') and a.pid <> pg_backend_pid()
   and a.pid not in (select active_pid from pg_replication_slots where slot_name = $1 and active_pid is not null)`;

/** Whether session `s` of `pg_stat_ssl` came through a door, which shows a certificate that nobody else has. */
export const THROUGH_A_DOOR = `s.client_dn like '%CN=${DOOR_ROLE}%'`;

/** A statement that a role may have carried out and not say itself: a function of the superuser's, of one statement. */
export interface OwnFunction {
  /** The types of its parameters. */
  readonly takes: "text" | "integer";
  readonly returns: "void" | "text" | "setof text";
  /** The statement, with `$1`; a session of the superuser says it itself. */
  readonly body: string;
  readonly roles: readonly OwnRole[];
  /** What it does, and for what. */
  readonly does: string;
}

/** The slots that are ours: nobody else's is made or dropped. */
const OURS = "$1::text like 'understudy\\_%'";

/**
 * What needs the superuser, or an attribute that would let a role do far more, as functions in schema `understudy` of the
 * pair's own database. Each is one statement, so that a superuser's session can say the same before there are roles.
 */
export const OWN_FUNCTIONS = {
  make_slot: {
    takes: "text",
    returns: "void",
    body: `select pg_create_physical_replication_slot($1, true)
      where ${OURS} and not exists (select from pg_replication_slots where slot_name = $1)`,
    roles: ["understudy_drill"],
    does: "makes a physical slot of ours, which keeps WAL from now on; the attribute REPLICATION would allow every slot",
  },
  drop_idle_slot: {
    takes: "text",
    returns: "void",
    body: `select pg_drop_replication_slot(slot_name) from pg_replication_slots where ${OURS} and slot_name = $1 and not active`,
    roles: ["understudy_drill"],
    does: "drops a slot of ours that nobody uses",
  },
  drop_slot_of_standby: {
    takes: "text",
    returns: "void",
    body: `select pg_drop_replication_slot(slot_name) from pg_replication_slots
      where ${OURS} and slot_name = $1 and not active and pg_is_in_recovery()`,
    roles: ["understudy_drill"],
    does: "the same on a standby alone",
  },
  end_archive: {
    takes: "text",
    returns: "void",
    body: `select pg_terminate_backend(active_pid) from pg_replication_slots
      where $1 = '${ARCHIVE_SLOT}' and slot_name = $1 and active_pid is not null`,
    roles: ["understudy_drill"],
    does: "ends the session that archives the write-ahead log, before a stop; it comes back by itself",
  },
  end_sessions: {
    takes: "text",
    returns: "setof text",
    body: `with told as materialized (
      select ${ONE_AND_THE_SAME} as session, pg_terminate_backend(a.pid) as sent from pg_stat_activity a where ${OTHERS})
      select session from told where sent is not null`,
    roles: ["understudy_drill"],
    does: "ends the clients' sessions before a stop, the superuser's too, which pg_signal_backend does not allow",
  },
  end_sessions_past_doors: {
    takes: "text",
    returns: "setof text",
    body: `with told as materialized (
      select ${ONE_AND_THE_SAME} as session, pg_terminate_backend(a.pid) as sent from pg_stat_activity a where ${OTHERS}
         and not exists (select from pg_stat_ssl s where s.pid = a.pid and ${THROUGH_A_DOOR}))
      select session from told where sent is not null`,
    roles: ["understudy_drill"],
    does: "the same of those that did not come through a door, while a door still waits for its own",
  },
  timeline_history: {
    takes: "integer",
    returns: "text",
    body: `select pg_read_file('pg_wal/' || upper(lpad(to_hex($1::int), 8, '0')) || '.history', 0, 1048576, true)`,
    roles: ["understudy_drill"],
    does: "reads the history of a timeline; pg_read_file would read every file of the data folder",
  },
} as const satisfies Readonly<Record<string, OwnFunction>>;

/** The name of one of them. */
export type OwnFunctionName = keyof typeof OWN_FUNCTIONS;

/** What a role may, beside what everybody may: each is one GRANT. */
export interface Right {
  readonly role: OwnRole;
  /** What is granted, as GRANT has it, such as `pg_monitor` or `execute on function …`. */
  readonly grant: string;
  readonly for: string;
}

const reading = "asks and compares the events of our own journal";
const counting = "counts how many events of our own journal a standby is behind";
const rewinding = "the rewind of a former primary reads the changed parts of files by it";

/** Every right that our roles have, but for the own functions. Functions are granted in the pair's own database alone. */
export const RIGHTS: readonly Right[] = [
  { role: "understudy_drill", grant: "pg_monitor", for: "reads replication, sessions and the files of the log" },
  { role: "understudy_drill", grant: "pg_checkpoint", for: "a checkpoint right before a stop makes the stop short" },
  {
    role: "understudy_drill",
    grant: "execute on function pg_catalog.pg_promote(boolean, integer)",
    for: "promotes the standby",
  },
  { role: "understudy_drill", grant: "usage on schema understudy", for: reading },
  { role: "understudy_drill", grant: "select on table understudy.events", for: reading },
  { role: "understudy_probe", grant: "usage on schema understudy", for: "writes events" },
  {
    role: "understudy_probe",
    grant: "select, insert on table understudy.events",
    for: "writes events, reads them back",
  },
  {
    role: "understudy_probe",
    grant: "set on parameter log_min_messages",
    for: "a refused event does not belong in the server's log",
  },
  { role: "understudy_probe", grant: "set on parameter lc_messages", for: "severities are read in English" },
  {
    role: "understudy_guard",
    grant: "pg_read_all_stats",
    for: "reads what a standby receives, and how large data are",
  },
  { role: "understudy_guard", grant: "pg_checkpoint", for: "a rewind wants one of the promoted peer before" },
  { role: "understudy_guard", grant: "usage on schema understudy", for: reading },
  { role: "understudy_guard", grant: "select on table understudy.events", for: reading },
  {
    role: "understudy_guard",
    grant: "execute on function pg_catalog.pg_read_file(text, bigint, bigint, boolean)",
    for: "compares the histories of timelines",
  },
  ...[
    "pg_ls_dir(text, boolean, boolean)",
    "pg_stat_file(text, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
  ].map((name): Right => ({
    role: "understudy_guard",
    grant: `execute on function pg_catalog.${name}`,
    for: rewinding,
  })),
  {
    role: "understudy_guard",
    grant: "execute on function understudy.fence(text)",
    for: "stops a primary that only its standby reaches, with its mark",
  },
  { role: "understudy_agent", grant: "pg_monitor", for: "reads replication, slots, sessions and the size of the log" },
  { role: "understudy_agent", grant: "usage on schema understudy", for: counting },
  { role: "understudy_agent", grant: "select on table understudy.events", for: counting },
  { role: "understudy_exporter", grant: "pg_monitor", for: "reads the server's statistics, settings and sizes" },
];
