#!/bin/sh
# Boot guard: PID 1 of the timescaledb container. It asks the peer which role this host may take before it starts
# PostgreSQL, because a former primary that comes back does not know what happened while it was away.
# Role on disk: $PGDATA/standby.signal. Files beside it, in $state:
#   init         one word, written once by the first `pulumi up`: primary or standby
#   paired       this host has had a standby, or has been one
#   status       one line a person and the health check read: STATE, then the reason
#   demoting     a drill stops this server: epoch second until which its instruction is awaited
#   instruction  one word, written by the drill's agent: follow or resume
#   release      an operator or a drill allows a held former primary to start writable, once
set -u
state=${PGDATA%/*}/understudy
bin=/understudy
umask 077
mkdir -p "$state/journal"

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

become() { # STATE [REASON…]: logged once, however often it is repeated
  line=$*
  [ "$line" = "$(cat "$state/status" 2>/dev/null)" ] || say "$line"
  printf '%s\n' "$line" >"$state/status.new" && mv "$state/status.new" "$state/status"
}

take() { # FILE: print its first word and remove it; fails when there is none
  [ -f "$state/$1" ] || return 1
  read -r word <"$state/$1" || word=
  rm -f "$state/$1"
  printf '%s\n' "$word"
}

write_pgpass() {
  peer_password() { sed -e 's/\\/\\\\/g' -e 's/:/\\:/g' "$bin/secrets/$1" | head -n 1; }
  {
    printf '*:*:*:%s:%s\n' "$UNDERSTUDY_REPLICATION_USER" "$(peer_password replication)"
    printf '*:*:*:postgres:%s\n' "$(peer_password postgres)"
  } >"$state/pgpass"
  chmod 600 "$state/pgpass"
}

# Sets peer (primary, standby, silent), peer_system and peer_timeline.
ask_peer() {
  answer=$(PGPASSFILE=$state/pgpass PGCONNECT_TIMEOUT=$UNDERSTUDY_PEER_TIMEOUT timeout "$((UNDERSTUDY_PEER_TIMEOUT + 3))" \
    psql -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" -U postgres -d postgres -AtqX -F ' ' -c "
      select case when pg_is_in_recovery() then 'standby' else 'primary' end,
             (select system_identifier from pg_control_system()),
             case when pg_is_in_recovery()
                  then coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))
                  else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end" 2>/dev/null) || answer=
  # shellcheck disable=SC2086
  set -- $answer
  peer=${1:-silent} peer_system=${2:-} peer_timeline=${3:-0}
}

control() { LC_ALL=C pg_controldata -D "$PGDATA" 2>/dev/null | sed -n "s/^$1: *//p"; }

own_timeline() { # the newest timeline this data directory knows of
  newest=$(control "Latest checkpoint's TimeLineID")
  for file in "$PGDATA"/pg_wal/*.history; do
    [ -e "$file" ] || continue
    name=${file##*/}
    number=$(printf '%d' "0x${name%.history}")
    [ "$number" -gt "${newest:-0}" ] && newest=$number
  done
  printf '%s\n' "${newest:-0}"
}

can_follow_without_rewind() {
  PGPASSFILE=$state/pgpass LC_ALL=C timeout 30 pg_rewind --dry-run --target-pgdata="$PGDATA" \
    --source-server="host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=postgres dbname=postgres connect_timeout=$UNDERSTUDY_PEER_TIMEOUT" 2>&1 |
    grep -q 'no rewind required'
}

clone_from_peer() {
  rm -rf "$PGDATA.clone"
  PGPASSFILE=$state/pgpass pg_basebackup -D "$PGDATA.clone" --checkpoint=fast --wal-method=stream --slot="$UNDERSTUDY_SLOT" \
    -d "host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=$UNDERSTUDY_REPLICATION_USER connect_timeout=$UNDERSTUDY_PEER_TIMEOUT" >&2 || return 1
  : >"$PGDATA.clone/standby.signal"
  rm -rf "$PGDATA"
  mv "$PGDATA.clone" "$PGDATA"
}

# Decides what an empty data directory becomes. Returns 0 when the server may start.
decide_empty() {
  case $(cat "$state/init" 2>/dev/null) in
    primary)
      [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && ask_peer || peer=silent
      if [ "$peer" != silent ]; then
        become "held" "empty data directory, and $UNDERSTUDY_PEER_HOST already has data as $peer; declare this host standby"
        return 1
      fi
      take init >/dev/null
      return 0
      ;;
    standby)
      become "cloning" "from $UNDERSTUDY_PEER_HOST"
      clone_from_peer || { become "held" "the clone from $UNDERSTUDY_PEER_HOST failed, see the log above; it is tried again"; return 1; }
      take init >/dev/null
      : >"$state/paired"
      return 0
      ;;
    *)
      become "held" "empty data directory; the first 'pulumi up' of this stack says what it becomes"
      return 1
      ;;
  esac
}

# Decides what a former primary becomes. Returns 0 when the server may start.
decide_former_primary() {
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ -f "$state/paired" ] || return 0
  take release >/dev/null && { say "released by hand: starting as primary"; return 0; }
  ask_peer
  own_system=$(control 'Database system identifier')
  own=$(own_timeline)
  if [ "$peer" = silent ]; then
    [ "$UNDERSTUDY_BOOT_POLICY" = resume ] && { say "the peer does not answer; policy is resume"; return 0; }
    become "held" "was primary, and $UNDERSTUDY_PEER_HOST does not answer; starts when it answers, or after: understudy release $UNDERSTUDY_HOST"
  elif [ "$peer_system" != "$own_system" ]; then
    become "held" "$UNDERSTUDY_PEER_HOST holds another database cluster (system identifier $peer_system, here $own_system)"
  elif [ "$peer" = standby ]; then
    [ "$peer_timeline" -le "$own" ] && return 0
    become "held" "$UNDERSTUDY_PEER_HOST is a standby on newer timeline $peer_timeline, here $own"
  elif [ "$peer_timeline" -lt "$own" ]; then
    become "held" "$UNDERSTUDY_PEER_HOST is primary on older timeline $peer_timeline, here $own: two histories"
  elif can_follow_without_rewind; then
    : >"$PGDATA/standby.signal"
    return 0
  else
    become "held" "$UNDERSTUDY_PEER_HOST is primary on timeline $peer_timeline and this data diverged from it; nothing is changed here: save this volume before anything else"
  fi
  return 1
}

decide() {
  while [ -z "$stopping" ]; do
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
      decide_empty && return
    elif [ -f "$PGDATA/standby.signal" ]; then
      return
    elif decide_former_primary; then
      return
    fi
    sleep 0.5
  done
}

start_server() {
  if [ -f "$PGDATA/standby.signal" ]; then become standby; else become primary; fi
  set -- postgres -c config_file=$bin/postgresql.conf -c hba_file=$bin/pg_hba.conf
  if [ -n "$UNDERSTUDY_PEER_ADDRESS" ]; then
    set -- "$@" -c "primary_slot_name=$UNDERSTUDY_SLOT" \
      -c "primary_conninfo=host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=$UNDERSTUDY_REPLICATION_USER passfile=$state/pgpass application_name=$UNDERSTUDY_SLOT connect_timeout=$UNDERSTUDY_PEER_TIMEOUT"
  fi
  share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql
  [ -f "$share/extension/timescaledb.control" ] && set -- "$@" -c shared_preload_libraries=timescaledb
  POSTGRES_PASSWORD_FILE=$bin/secrets/postgres POSTGRES_INITDB_ARGS='--data-checksums --auth-host=scram-sha-256' \
    docker-entrypoint.sh "$@" &
  server=$!
}

wait_for_server() { # a trapped signal interrupts wait: wait again until the server is gone
  while :; do
    wait "$server"
    code=$?
    kill -0 "$server" 2>/dev/null || return
  done
}

await_instruction() {
  become "demoted" "stopped cleanly by a drill, its instruction is awaited"
  read -r deadline <"$state/demoting" || deadline=0
  while [ -z "$stopping" ] && [ "$(date +%s)" -le "${deadline:-0}" ]; do
    case $(take instruction) in
      follow) : >"$PGDATA/standby.signal"; break ;;
      resume) : >"$state/release"; break ;;
    esac
    sleep 0.01
  done
  rm -f "$state/demoting"
}

stopping=
server=
trap 'stopping=yes; [ -n "$server" ] && kill -INT "$server" 2>/dev/null' TERM INT
write_pgpass
[ -f "$state/demoting" ] && await_instruction
while [ -z "$stopping" ]; do
  decide
  [ -n "$stopping" ] && break
  start_server
  wait_for_server
  [ -f "$state/demoting" ] || exit "$code"
  await_instruction
done
