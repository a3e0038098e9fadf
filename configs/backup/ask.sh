#!/bin/sh
# What the operator's command asks of the backup container, one question a call.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
question=$1
shift
case $question in
  status) # KEY=VALUE lines of each HOST.SERVICE whose backup is taken or kept here
    for file in "$backup"/status/*.*; do
      case $file in *.new | *'*'*) continue ;; esac
      sed "s/^/${file##*/} /" "$file"
    done
    printf 'here now=%s\n' "$(now)"
    printf 'here free=%s\n' "$(df --output=avail -B1 "$backup" | tail -n 1 | tr -d ' ')"
    printf 'here held=%s\n' "$(if held; then cat "$backup/hold"; fi)"
    ;;
  list) theirs snapshots --json --no-lock ;; # the peer's backups, as restic tells of them
  files) theirs ls --json --no-lock "$1" ;;
  wal) find "$backup/wal/$peer" -maxdepth 1 -type f -printf '%f %s\n' ;; # the peer's write-ahead log
  history) cat "$backup/wal/$peer"/*.history 2>/dev/null ;;
  take) exec sh "$bin/take.sh" "$1" ;;
  check) # whether everything the peer's backups need is here and sound
    theirs check --no-lock "$@" 2>&1
    ;;
  owners) # PACK: the snapshots that need it
    theirs find --no-lock --json --pack "$1" 2>/dev/null ;;
  hold) # SECONDS: nothing is taken until then, and what is being taken is given up
    printf '%s\n' "$(($(now) + $1))" | put "$backup/hold"
    for lock in "$run"/*.lock; do
      [ -e "$lock" ] || continue
      flock -w 20 "$lock" true || { echo "a backup is still being taken: ${lock##*/}"; exit 1; }
    done
    ;;
  release) rm -f "$backup/hold" ;;
  *) echo "unknown question: $question" >&2; exit 2 ;;
esac
