#!/bin/sh
# Receives the peer's write-ahead log as it is written, whatever the peer's role, and across timelines. A slot on the
# peer keeps what was not received yet, up to a bound. What can never be continued is set aside, and begun anew with a
# new base backup.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
receiver=
trap 'trap - TERM; [ -z "$receiver" ] || kill -TERM "$receiver" 2>/dev/null; exit 0' TERM INT

system_of_peer() {
  psql -AtqX -F ' ' "$(peer_dsn replication) replication=true" -c IDENTIFY_SYSTEM 2>"$run/archive.err" | cut -d ' ' -f 1
}

# The slot holds what there is from the last restart point on: a base backup of a standby begins there, not now.
ensure_slot() {
  psql -AtqX -v VERBOSITY=verbose "$(peer_dsn replication) replication=true" -c "CREATE_REPLICATION_SLOT $slot PHYSICAL RESERVE_WAL" \
    >/dev/null 2>"$run/archive.err" || grep -q ' 42710: ' "$run/archive.err" # duplicate_object: it is there
}

# No receiver goes on from a file that another had begun to make when it was killed, or when the disk was full. Such a
# one has nothing but zeros, and the slot still has what belongs there. What has anything else is kept.
clear_begun() {
  each=$(psql -AtqX "$(peer_dsn replication) replication=true" -c 'SHOW wal_segment_size' 2>"$run/archive.err" | awk '
    /^[0-9]+MB$/ { printf "%.0f", $0 * 1048576 }
    /^[0-9]+GB$/ { printf "%.0f", $0 * 1073741824 }')
  [ -n "$each" ] || return 0
  find "$wal" -maxdepth 1 -type f -name '[0-9A-F]*.partial' ! -size "${each}c" | while read -r one; do
    if [ "$(tr -d '\0' <"$one" | head -c 1 | wc -c)" -eq 0 ]; then
      rm -f "$one"
    else
      mv "$one" "$one.until-$(date -u +%Y%m%dT%H%M%SZ)" &&
        say "${one##*/} in the write-ahead log of $peer is not as long as its files are ($each bytes), and is not empty: it is kept under another name"
    fi
  done
}

begin_anew() { # WHY
  say "the write-ahead log of $peer cannot be continued: $1; it is begun anew, with a new base backup"
  aside=$wal.until-$(date -u +%Y%m%dT%H%M%SZ)
  while [ -e "$aside" ]; do aside=$aside-again; done # the clock may have been set back
  [ ! -d "$wal" ] || mv "$wal" "$aside"
  pg_receivewal -d "$(peer_dsn replication)" --drop-slot --slot=$slot 2>/dev/null
  rm -f "$backup/status/$peer.timescaledb" "$run/status/$peer.timescaledb"
}

said=
note() { # WHY: told once, however often it is repeated
  [ "$1" = "$said" ] || say "write-ahead log of $peer: $1"
  said=$1
}

# Below the floor of the backups' room nothing is received: the databases on this disk come first, and the slot on the
# peer keeps what it may. Told with the backups' attempts, when it changes.
known_room=
room_left() {
  room=$(has_room timescaledb 2>&1)
  result=$?
  [ "$result" != "$known_room" ] || return "$result"
  known_room=$result
  if [ "$result" -eq 0 ]; then
    printf '%s\n' result=ok "at=$(now)" "good_at=$(now)" reason= | note_status "$peer.archive"
  else
    reason="${room%%; *}: the write-ahead log of $peer is not received"
    say "$reason"
    printf '%s\n' result=failed "at=$(now)" "reason=$reason" | note_status "$peer.archive"
  fi
  return "$result"
}

pause() { # SECONDS, which a signal ends
  sleep "$1" &
  wait $!
}

mkdir -p "$backup/wal" "$backup/status" 2>/dev/null
while :; do
  if ! room_left; then pause 2; continue; fi
  choose_password
  system=$(system_of_peer)
  if [ -n "$system" ]; then
    known=$(cat "$backup/wal/$peer.system" 2>/dev/null)
    [ -z "$known" ] || [ "$known" = "$system" ] || begin_anew "another database cluster answers there ($system, it was $known)"
    printf '%s\n' "$system" | put "$backup/wal/$peer.system"
    mkdir -p "$wal"
    [ -s "$wal/line" ] || od -An -N 8 -tx1 /dev/urandom | tr -d ' \n' | put "$wal/line"
    if ensure_slot; then
      note "receiving"
      clear_begun
      pg_receivewal -d "$(receive_dsn)" -D "$wal" --slot=$slot --status-interval=1 --no-loop --no-password 2>"$run/archive.err" &
      receiver=$!
      turn=0
      while kill -0 "$receiver" 2>/dev/null; do
        turn=$((turn + 1))
        [ "$((turn % 4))" -ne 0 ] || room_left || kill -TERM "$receiver" 2>/dev/null
        pause 0.5
      done
      wait "$receiver"
      receiver=
    fi
  fi
  room_left || continue
  reason=$(one_line <"$run/archive.err")
  # pg_receivewal shows no SQLSTATE: these are the server's words, which our postgresql.conf keeps in English.
  case $reason in
    *"has already been removed"* | *"cannot be acquired"* | *"invalidated"* | *"can no longer get changes"* | *"not in this server's history"* | *"is ahead of the WAL flush position"*)
      begin_anew "$reason" ;;
    "") ;;
    *) note "$reason" ;;
  esac
  pause 1
done
