/** What the tools of a host's backup container are good for. */
export interface BackupTools {
  /** Major version of its PostgreSQL client; null where it does not say. */
  readonly postgres: number | null;
  /** Whether its `redis-check-rdb` reads the form that was asked about; null where none was. */
  readonly readsForm: boolean | null;
}

/** Prints them; the word is a form, such as `REDIS0011`, or empty. The file that is checked has that form and no key. */
export const BACKUP_TOOLS = `printf 'postgres=%s\\n' "$(pg_receivewal --version 2>/dev/null)"
[ -n "$1" ] || exit 0
file=$(mktemp) || exit 0
printf '%s\\377\\0\\0\\0\\0\\0\\0\\0\\0' "$1" >"$file"
if redis-check-rdb "$file" >/dev/null 2>&1; then echo form=reads; else echo form=refuses; fi
rm -f "$file"`;

/** Reads what BACKUP_TOOLS prints. Pure. */
export function parseBackupTools(text: string): BackupTools {
  const major = /^postgres=.*PostgreSQL\) (\d+)/m.exec(text)?.[1];
  const form = /^form=(reads|refuses)$/m.exec(text)?.[1];
  return {
    postgres: major === undefined ? null : Number(major),
    readsForm: form === undefined ? null : form === "reads",
  };
}
