#!/bin/sh
# What the scripts of the timescaledb container share: where things lie, how they speak, how they reach the peer.
# `$state`, a folder beside the data, holds the files that ARCHITECTURE.md lists.
state=${PGDATA%/*}/understudy
# shellcheck disable=SC2034 # used where this is sourced
bin=/understudy
# shellcheck disable=SC2034
files=$bin/files/current
umask 077

# What every session of ours brings along: what a database or a role is set to does not reach it. The same list is
# drills/hosts/postgres-session.ts's, and a role without rights may set all of it. A server is never started with it.
own_session='-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 -c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex -c standard_conforming_strings=on -c search_path=public -c role=none -c row_security=on -c exit_on_error=off -c default_transaction_read_only=off -c default_transaction_isolation=read\ committed -c default_transaction_deferrable=off -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4 -c tcp_user_timeout=30000'

session_options() { # as PGOPTIONS; a server before 17 refuses a session that names the last one
  major=0
  [ ! -f "$PGDATA/PG_VERSION" ] || read -r major <"$PGDATA/PG_VERSION" || :
  case $major in
    1[0-6] | [0-9] | *[!0-9]* | '') printf '%s' "$own_session" ;;
    *) printf '%s -c transaction_timeout=0' "$own_session" ;;
  esac
}

# Seconds that this machine has run: no step of the clock moves them. A wait that decides a role counts by them.
uptime_seconds() {
  read -r up _ </proc/uptime
  printf '%s\n' "${up%.*}"
}

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

become() { # STATE [REASON…]: logged once, however often it is repeated
  line=$*
  [ "$line" = "$(cat "$state/status" 2>/dev/null)" ] || say "$line"
  printf '%s\n' "$line" >"$state/status.new" && mv "$state/status.new" "$state/status"
}

put() { # FILE WORDS…: a file of $state that is whole and on the disk when this returns 0
  printf '%s\n' "$2" >"$state/$1.new" && mv "$state/$1.new" "$state/$1" && flush
}

take() { # FILE: print its first word and remove it, for one taker alone; fails when there is none
  [ -f "$state/$1" ] && mv -f "$state/$1" "$state/$1.taken" 2>/dev/null || return 1
  read -r word <"$state/$1.taken" || word=
  rm -f "$state/$1.taken"
  printf '%s\n' "$word"
}

flush() { sync -f "$state" 2>/dev/null || sync; } # the volume's file system, on the disk

control() { LC_ALL=C pg_controldata -D "$PGDATA" 2>/dev/null | sed -n "s/^$1: *//p"; }

# The newest timeline that this data directory has entered. A standby also has the history of one that it has only heard
# of from its primary, and cannot follow: it has no WAL of it.
own_timeline() {
  newest=$(control "Latest checkpoint's TimeLineID")
  for file in "$PGDATA"/pg_wal/*.history; do
    [ -e "$file" ] || continue
    name=${file##*/}
    number=$(printf '%d' "0x${name%.history}")
    [ "$number" -gt "${newest:-0}" ] || continue
    for segment in "${file%.history}"????????????????; do
      [ ! -e "$segment" ] || newest=$number
    done
  done
  printf '%s\n' "${newest:-0}"
}

# What a connection of USER to the peer has in its string beside the usual, so that it encrypts: see encryption.sh.
peer_ssl() {
  case $1 in "$UNDERSTUDY_REPLICATION_USER") words_of=replication ;; *) words_of=guard ;; esac
  ssl_words=
  [ ! -f "$state/ssl-$words_of" ] || read -r ssl_words <"$state/ssl-$words_of" || :
  printf '%s' "$ssl_words"
}

peer_dsn() { # USER DATABASE; a peer that falls silent in the middle is given up after half a minute
  printf 'host=%s port=%s user=%s dbname=%s connect_timeout=%s %s %s' \
    "$UNDERSTUDY_PEER_ADDRESS" "$UNDERSTUDY_PEER_PORT" "$1" "$2" "$UNDERSTUDY_PEER_TIMEOUT" \
    "keepalives_idle=10 keepalives_interval=5 keepalives_count=4 tcp_user_timeout=30000" "$(peer_ssl "$1")"
}

# How a standby follows. Both ends of a line that was cut give it up within about 10 s: this one by the first words, the
# primary's by those in `options`, of this connection alone. A sender that waits longer than that on a dead line holds up
# the primary's checkpoints as soon as its slot may keep no more, and so the disk fills.
follow_dsn() { # PASSWORD-FILE
  printf "host=%s port=%s user=%s passfile=%s application_name=%s connect_timeout=%s %s options='%s' %s" \
    "$UNDERSTUDY_PEER_ADDRESS" "$UNDERSTUDY_PEER_PORT" "$UNDERSTUDY_REPLICATION_USER" "$1" "$UNDERSTUDY_SLOT" \
    "$UNDERSTUDY_PEER_TIMEOUT" "keepalives=1 keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000" \
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000" \
    "$(peer_ssl "$UNDERSTUDY_REPLICATION_USER")"
}

ask_as() { # ROLE SECONDS DATABASE [PSQL WORDS…]
  asked_as=$1 limit=$2 database=$3
  shift 3
  PGPASSFILE=$state/pgpass PGOPTIONS=$(session_options) PGAPPNAME=understudy_guard PGCLIENTENCODING=UTF8 \
    timeout "$limit" psql -AtqX -F ' ' -v ON_ERROR_STOP=1 "$@" -d "$(peer_dsn "$asked_as" "$database")"
}

# $state/own-roles is there once the data were seen to have the roles of our sessions, and both hosts to know them. Before
# that a peer may let in its superuser alone: who is let in is asked first, since no query is said twice.
has_own_roles() { [ -f "$state/own-roles" ]; }

# Sets peer_role: the role that the peer lets into DATABASE. Returns 2 where nothing answers in time.
choose_role() { # DATABASE
  peer_role=$UNDERSTUDY_GUARD_USER
  has_own_roles && return
  role_asked=$(uptime_seconds)
  ask_as "$peer_role" "$((UNDERSTUDY_PEER_TIMEOUT + 3))" "$1" -c 'select 1' >/dev/null 2>&1 </dev/null && return
  [ "$(($(uptime_seconds) - role_asked))" -lt "$UNDERSTUDY_PEER_TIMEOUT" ] || return 2
  peer_role=postgres
}

peer_sql() { # SECONDS DATABASE [PSQL WORDS…]: one query of the peer
  choose_role "$2" || return
  ask_as "$peer_role" "$@"
}

# A question of the whole server: in the pair's own database or, where that is not there (yet), in template1. No other
# is assumed to be there. A peer that was silent once is not waited for again.
in_either_database() { # COMMAND…, which takes a database's name as its last word and nothing from stdin
  asked=$(uptime_seconds)
  "$@" understudy && return
  # 2: no session came about.
  [ $? -eq 2 ] && [ "$(($(uptime_seconds) - asked))" -lt "$UNDERSTUDY_PEER_TIMEOUT" ] && "$@" template1
}

peer_server_sql() { # SECONDS -c QUERY
  in_either_database ask_server "$1" "$3"
}

ask_server() { peer_sql "$1" "$3" -c "$2"; } # SECONDS QUERY DATABASE

# Whether a server listens there, whatever it answers. psql shows no SQLSTATE when it cannot connect; pg_isready ends with
# 0 or 1 where a server answered, 2 where nothing did. Where it could not ask, nobody knows: that is no silence. It asks
# plain: every server answers that, whatever it takes, so a certificate that is refused is no silence either.
peer_listens() {
  PGSSLMODE=disable pg_isready -q -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" -t "$UNDERSTUDY_PEER_TIMEOUT" >/dev/null 2>&1 </dev/null
  [ $? -ne 2 ]
}

rewind_to_peer() { # SECONDS [PG_REWIND WORDS…]
  rewind_limit=$1
  shift
  choose_role understudy || return
  PGPASSFILE=$state/pgpass PGOPTIONS=$(session_options) PGAPPNAME=understudy_guard LC_ALL=C timeout "$rewind_limit" \
    pg_rewind "$@" --target-pgdata="$PGDATA" --source-server="$(peer_dsn "$peer_role" understudy)" 2>&1
}

# pg_rewind of PostgreSQL 15 believes the source's control file, which names the timeline of its last checkpoint: until
# the first checkpoint after a promotion it would find nothing to rewind.
peer_checkpoint() { peer_server_sql 300 -c checkpoint >/dev/null 2>&1; }

clone_from_peer() { # fills $PGDATA.clone, which is a standby's from its first moment
  rm -rf "$PGDATA.clone"
  PGPASSFILE=$state/pgpass pg_basebackup -D "$PGDATA.clone" --checkpoint=fast --wal-method=stream --slot="$UNDERSTUDY_SLOT" \
    -d "$(peer_dsn "$UNDERSTUDY_REPLICATION_USER" replication)" >&2 || return 1
  : >"$PGDATA.clone/standby.signal"
  flush
}

# While a password is exchanged NAME.before beside it is the former one. A role has one password: $state/former-NAME is there
# where the peer was seen to take the former one.
password_file() { # NAME
  if [ -f "$files/$1.before" ] && [ -f "$state/former-$1" ]; then echo "$1.before"; else echo "$1"; fi
}

escaped() { sed -e 's/\\/\\\\/g' -e 's/:/\\:/g' "$files/$1" | head -n 1; } # FILE, as a passfile has it

# Whether the peer lets a role in with the password in a file. psql shows no SQLSTATE when it cannot connect, so only that
# it was let in counts.
takes_password() { # NAME FILE
  trial=$state/pgpass.try.$$
  printf '*:*:*:*:%s\n' "$(escaped "$2")" >"$trial" && chmod 600 "$trial"
  case $1 in
    replication) set -- "$(peer_dsn "$UNDERSTUDY_REPLICATION_USER" replication) replication=true" IDENTIFY_SYSTEM ;;
    *) set -- "$(peer_dsn "$UNDERSTUDY_GUARD_USER" understudy)" 'select 1' ;;
  esac
  PGPASSFILE=$trial PGAPPNAME=understudy_guard timeout "$((UNDERSTUDY_PEER_TIMEOUT + 3))" psql -AtqX -d "$1" -c "$2" >/dev/null 2>&1 </dev/null
  took=$?
  rm -f "$trial"
  return "$took"
}

# Sees which one the peer takes while there are two, and holds to it until it takes the other. Returns 0 where that is
# another one than before, so that pgpass must be written anew.
choose_passwords() {
  chose=1
  for name in guard replication; do
    [ -f "$files/$name.before" ] || { rm -f "$state/former-$name"; continue; }
    [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && peer_listens || return 1
    takes_password "$name" "$(password_file "$name")" && continue
    if [ -f "$state/former-$name" ]; then
      takes_password "$name" "$name" && rm -f "$state/former-$name" && chose=0
    else
      takes_password "$name" "$name.before" && : >"$state/former-$name" && chose=0
    fi
  done
  return "$chose"
}

# The passwords with which this host logs in to its peer: the superuser's only as long as there may be no other way.
write_pgpass() {
  peer_password() { escaped "$(password_file "$1")"; }
  {
    printf '*:*:*:%s:%s\n' "$UNDERSTUDY_REPLICATION_USER" "$(peer_password replication)"
    printf '*:*:*:%s:%s\n' "$UNDERSTUDY_GUARD_USER" "$(peer_password guard)"
    has_own_roles || printf '*:*:*:postgres:%s\n' "$(peer_password postgres)"
  } >"$state/pgpass.$$"
  chmod 600 "$state/pgpass.$$" && mv "$state/pgpass.$$" "$state/pgpass"
}

# Who may connect; for who has encryption.sh too. The superuser is refused over the network, but where that is asked for, and before there are roles.
write_hba() {
  rules=pg_hba.conf
  ! refuses_plain || rules=pg_hba.required.conf
  if has_own_roles && [ "$UNDERSTUDY_SUPERUSER_OVER_NETWORK" = no ]; then
    cat "$files/$rules"
  else
    sed '/^host[a-z]*  *all  *postgres  *[^ ]*  *reject$/d' "$files/$rules"
  fi >"$state/pg_hba.conf.$$" && mv "$state/pg_hba.conf.$$" "$state/pg_hba.conf"
}

# A server that was killed leaves its process id behind, and another process may have it after a restart.
forget_dead_server() { server_runs || rm -f "$PGDATA/postmaster.pid"; }

server_runs() {
  [ -f "$PGDATA/postmaster.pid" ] && read -r postmaster <"$PGDATA/postmaster.pid" &&
    [ "$(cat "/proc/$postmaster/comm" 2>/dev/null)" = postgres ]
}
