#!/bin/sh
# Contract of the official PostgreSQL image, as far as a container needs it: an empty PGDATA is initialised with
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also as *_FILE), POSTGRES_INITDB_ARGS and
# POSTGRES_HOST_AUTH_METHOD, then /docker-entrypoint-initdb.d/*.sh and *.sql run once; the server runs as user postgres.
set -e

# from_file NAME DEFAULT: sets NAME from NAME_FILE, or to the default.
from_file() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  # shellcheck disable=SC2154 # set by eval
  if [ -n "$value" ] && [ -n "$file" ]; then
    echo "docker-entrypoint: both $1 and $1_FILE are set: keep one" >&2
    exit 1
  fi
  [ -z "$file" ] || value=$(cat "$file")
  value=${value:-$2}
  eval "$1=\$value"
  unset "$1_FILE"
}

initialise() {
  from_file POSTGRES_USER postgres
  from_file POSTGRES_PASSWORD ""
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS ""
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo "docker-entrypoint: POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE is needed to initialise $PGDATA" >&2
    exit 1
  fi

  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  set -- initdb --username="$POSTGRES_USER" --encoding=UTF8
  [ -z "$POSTGRES_PASSWORD" ] || set -- "$@" --pwfile="$password"
  # shellcheck disable=SC2086 # several arguments in one variable, as upstream takes them
  "$@" $POSTGRES_INITDB_ARGS
  rm -f "$password"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # The first start listens on the socket alone, so nobody meets a half-initialised server.
  PGPASSWORD=$POSTGRES_PASSWORD pg_ctl -w start -o "-c listen_addresses=''"
  export PGPASSWORD="$POSTGRES_PASSWORD" PGUSER="$POSTGRES_USER"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo 'CREATE DATABASE :"name";' | psql -v ON_ERROR_STOP=1 -v name="$POSTGRES_DB" --no-password -d postgres
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
    *.sh) sh "$file" ;;
    *.sql) psql -v ON_ERROR_STOP=1 --no-password -d "$POSTGRES_DB" -f "$file" ;;
    esac
  done
  pg_ctl -m fast -w stop
  unset PGPASSWORD PGUSER
}

case ${1:-} in
-*) set -- postgres "$@" ;;
esac

if [ "${1:-}" = postgres ]; then
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /var/run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  [ -s "$PGDATA/PG_VERSION" ] || initialise
fi

exec "$@"
