import { filePath } from "../../../settings/names";
import { SETTINGS_FILE } from "../../../settings/server/layers";
import type { LocalSession } from "../local-postgres";

/** A setting as the server that runs has it. */
export interface PostgresValue {
  readonly name: string;
  /** As SHOW has it; null where it is the reading session's own. */
  readonly value: string | null;
  /** As a number or word without its unit. */
  readonly raw: string;
  /** Whether it is read at a start alone. */
  readonly atStart: boolean;
  /** Its files say otherwise, and it waits for a start. */
  readonly pending: boolean;
  /** Whether it is text, which may hold a secret. */
  readonly text: boolean;
}

/** What the files give a setting at the next start: the last line of it that any of them has. */
export interface PostgresLineRead {
  readonly name: string;
  readonly value: string | null;
  /** `auto`: an ALTER SYSTEM, which is over all files of ours. */
  readonly file: "auto" | "settings" | "other";
  /** Why the server does not take it; null when it does, or waits for a start. */
  readonly error: string | null;
}

/** How the PostgreSQL of one host is set. */
export interface PostgresSettings {
  readonly host: string;
  readonly standby: boolean;
  /** A standby's stream from its primary is up; null for a primary. */
  readonly linked: boolean | null;
  readonly values: ReadonlyMap<string, PostgresValue>;
  readonly lines: ReadonlyMap<string, PostgresLineRead>;
  /** The file of layered settings that its container has; null where it has none. */
  readonly text: string | null;
}

/** What the server says when a line waits for a start is no error; it sets the mark for that as well. */
const SETTINGS_QUERY = `select pg_is_in_recovery() as standby,
  pg_read_file('${filePath(SETTINGS_FILE)}', 0, 1048576, true) as text,
  (select status = 'streaming' from pg_stat_wal_receiver) as linked,
  (select json_agg(json_build_object('name', s.name, 'value', case when s.source <> 'client' then current_setting(s.name) end,
     'raw', s.setting, 'atStart', s.context = 'postmaster', 'pending', s.pending_restart, 'text', s.vartype = 'string'))
     from pg_settings s) as values,
  (select coalesce(json_agg(json_build_object('name', f.name, 'value', f.setting, 'file', f.sourcefile,
     'error', case when not f.applied and not coalesce(s.pending_restart, false) then f.error end) order by f.seqno), '[]')
     from pg_file_settings f left join pg_settings s using (name) where f.name is not null) as lines`;

interface SettingsRow {
  readonly standby: boolean;
  readonly text: string | null;
  readonly linked: boolean | null;
  readonly values: readonly PostgresValue[];
  readonly lines: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly file: string;
    readonly error: string | null;
  }[];
}

function fileOf(path: string): PostgresLineRead["file"] {
  if (path.endsWith("/postgresql.auto.conf")) return "auto";
  return path.endsWith(`/${SETTINGS_FILE}`) ? "settings" : "other";
}

/** Reads how a server is set. @param sql a session of its superuser, who alone may read its files */
export async function readPostgresSettings(sql: LocalSession, host: string): Promise<PostgresSettings> {
  const { rows } = await sql.query<SettingsRow>(SETTINGS_QUERY);
  const row = rows[0];
  if (row === undefined) throw new Error(`PostgreSQL on ${host} does not say how it is set`);
  const lines = row.lines.map(({ file, ...line }) => ({ ...line, file: fileOf(file) }));
  return {
    host,
    standby: row.standby,
    linked: row.standby ? row.linked === true : null,
    values: new Map(row.values.map((one) => [one.name, one])),
    // Of a name that stands there more than once the last line counts.
    lines: new Map(lines.map((one) => [one.name, one])),
    text: row.text,
  };
}
