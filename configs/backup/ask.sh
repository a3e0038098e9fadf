#!/bin/sh
# What the operator's command asks of the backup container, one question a call.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
# shellcheck source=configs/backup/keys.sh
. "$bin/keys.sh"
question=$1
shift

# What lies in the folder; which log that is, whose other files are in the repository.
peer_log() {
  [ -d "$wal" ] || return 1
  log_in "$wal" | cut -d ' ' -f 1,2
  printf 'here line=%s\n' "$(log_line)"
}

case $question in
  status) # KEY=VALUE lines of each HOST.SERVICE whose backup is taken or kept here; NAME BYTES of the peer's archived log
    # Asked in every drill beside its clients: as few processes as can be.
    set --
    for name in $(status_names); do set -- "$@" "$(status_file "$name")"; done
    [ $# -eq 0 ] || awk '{ name = FILENAME; sub(".*/", "", name); print name " " $0 }' "$@"
    peer_log || true
    printf 'here now=%s\n' "$(now)"
    printf 'here free=%s\n' "$(free_bytes)"
    printf 'here held=%s\n' "$(if held; then cat "$backup/hold"; fi)"
    ;;
  list) theirs snapshots --json --no-lock ;; # the peer's backups, as restic tells of them
  wal) # the peer's archived log alone: the folder first, since files go from there into the repository
    peer_log || exit 1
    theirs snapshots --json --no-lock --host "$peer.wal" || exit 1
    echo end
    ;;
  last) cat "$(status_file "$(host_of "$1").$1")" ;; # how the last attempt ended
  take) exec sh "$bin/take.sh" "$1" ;;
  check) # MIB: whether everything the peer's backups need is here, and this much of it, chosen at random, as it was written
    if theirs check --no-lock --read-data-subset="$1M" >"$run/check.$$" 2>&1; then echo sound; else
      echo damaged:
      grep -v '^\(using\|create\|load\|Load\|check\|read\|\[\|Fatal: repository contains\)' "$run/check.$$" | grep . | head -n 20
      # Which snapshots need what is damaged.
      for pack in $(grep -o '[0-9a-f]\{64\}' "$run/check.$$" | sort -u | head -n 3); do
        theirs find --no-lock --pack "$pack" 2>/dev/null | grep -o 'in snapshot [0-9a-f]*' | sort -u
      done
    fi
    rm -f "$run/check.$$"
    ;;
  hold) # SECONDS: nothing is taken until then, and what is being taken is given up
    printf '%s %s %s\n' "$(($(now) + $1))" "$(cat /proc/sys/kernel/random/boot_id)" "$(($(uptime_seconds) + $1))" | put "$backup/hold"
    for lock in "$run"/*.lock; do
      [ -e "$lock" ] || continue
      flock -w 3 "$lock" true && continue
      # It is taken again when the hold has ended.
      if read -r taker <"${lock%.lock}.pid"; then
        kill -TERM "$taker"
        for child in $(children_of "$taker"); do
          # restic is ended by take.sh itself, so that its lock in the repository goes too.
          [ "$(cat "/proc/$child/comm")" = restic ] || kill -TERM "$child"
        done
      fi 2>/dev/null
      flock -w 15 "$lock" true || { echo "a backup is still being taken: ${lock##*/}" >&2; exit 1; }
    done
    ;;
  release) # [again]: with it every backup is due, since the services' data are others now
    [ "${1:-}" != again ] || now | put "$backup/again"
    rm -f "$backup/hold"
    ;;
  keys) tell_keys ;; # which of the passwords in the container's files open what lies here
  add-key) add_key ;;
  drop-key) drop_key ;;
  *) echo "unknown question: $question" >&2; exit 2 ;;
esac
