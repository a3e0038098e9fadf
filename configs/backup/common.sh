#!/bin/sh
# What the scripts of the backup container share: where things lie, how they speak, how they reach the repositories.
# Every host's backups lie on the other host: what is taken here of this host is pushed to the peer, and of the peer's
# PostgreSQL it is pulled.
#   /backup/repository/PEER  restic repository of the peer's backups
#   /backup/wal/PEER         the peer's write-ahead log, as it is written
#   /backup/status/HOST.SERVICE  how the last attempt ended, and the last good one
#   /backup/hold             epoch second until which nothing is taken: a drill is under way
# shellcheck disable=SC2034 # used where this is sourced
backup=${UNDERSTUDY_BACKUP_FOLDER:-/backup}
bin=${UNDERSTUDY_BIN:-/understudy}
host=$UNDERSTUDY_HOST
peer=$UNDERSTUDY_PEER_HOST
secrets=$bin/secrets
run=/tmp/understudy
slot=understudy_archive
umask 077
mkdir -p "$run"

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

now() { date -u +%s; }

one_line() { tr -s '\n\t' '  ' | sed -e 's/^ *//' -e 's/ *$//' | cut -c 1-600; }

put() { # FILE, from stdin: whole when it has its name
  cat >"$1.new" && mv "$1.new" "$1"
}

# The repository's passwords are in files: never on a command line, never in a log.
ours() { restic --repository-file "$secrets/repository" --password-file "$secrets/backup" --cache-dir "$backup/cache" "$@"; }
theirs() { restic --repo "$backup/repository/$peer" --password-file "$secrets/backup" --no-cache "$@"; }

peer_dsn() { # DATABASE
  printf 'host=%s port=%s user=%s dbname=%s connect_timeout=5 application_name=understudy_archive' \
    "$UNDERSTUDY_PEER_ADDRESS" "$UNDERSTUDY_PEER_PORT" "$UNDERSTUDY_REPLICATION_USER" "$1"
}

write_pgpass() {
  printf '*:*:*:*:%s\n' "$(sed -e 's/\\/\\\\/g' -e 's/:/\\:/g' "$secrets/replication" | head -n 1)" >"$run/pgpass"
  chmod 600 "$run/pgpass"
}
export PGPASSFILE=$run/pgpass LC_ALL=C

held() { # true while a drill is under way
  [ -f "$backup/hold" ] && read -r until <"$backup/hold" && [ "$(now)" -lt "${until:-0}" ]
}

# Whose backup of SERVICE this container takes.
host_of() { if [ "$1" = timescaledb ]; then printf '%s' "$peer"; else printf '%s' "$host"; fi; }

status_value() { # HOST.SERVICE KEY
  sed -n "s/^$2=//p" "$backup/status/$1" 2>/dev/null | head -n 1
}
