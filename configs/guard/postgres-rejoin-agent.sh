#!/bin/sh
# What postgres-agent.sh answers about a return: COMMAND ARGUMENT REST. Answers are as the agent's own.
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
# shellcheck source=configs/guard/postgres-diverged.sh
. /understudy/diverged.sh

content() { # KEY FILE: the file's first line, when there is one
  [ -f "$state/$2" ] && printf '%s=%s\n' "$1" "$(head -n 1 "$state/$2")"
}

yes_or_no() { if "$@"; then echo yes; else echo no; fi; }

facts() {
  content status status
  content order rejoin
  content failed rejoin-failed
  content rejoined rejoined
  content torn torn
  content fenced fenced
  printf 'running=%s\n' "$(yes_or_no server_runs)"
  printf 'signal=%s\n' "$(yes_or_no test -f "$PGDATA/standby.signal")"
  printf 'data=%s\n' "$(yes_or_no test -s "$PGDATA/PG_VERSION")"
  printf 'state=%s\n' "$(control 'Database cluster state')"
  printf 'system=%s\n' "$(control 'Database system identifier')"
  printf 'checkpoint=%s\n' "$(control 'Latest checkpoint location')"
  printf 'redo=%s\n' "$(control "Latest checkpoint's REDO location")"
  printf 'checked=%s\n' "$(control "Latest checkpoint's TimeLineID")"
  printf 'segment=%s\n' "$(control 'Bytes per WAL segment')"
  newest=$(own_timeline)
  printf 'timeline=%s\n' "$newest"
  history=$PGDATA/pg_wal/$(printf '%08X' "$newest").history
  [ -f "$history" ] && printf 'history=%s\n' "$(base64 "$history" | tr -d '\n')"
  for folder in "$state"/salvage/*/; do
    name=${folder%/}
    [ -f "${folder}manifest.json" ] && printf 'salvage=%s\n' "${name##*/}"
  done
}

order() { # the line of an order, see postgres-rejoin.sh
  case $1 in *[!A-Za-z0-9_./:\ -]*) echo "error not an order: $1"; return ;; esac
  # Asked before the order is there: carrying it out starts a server too.
  standby=
  if server_runs; then
    [ -f "$PGDATA/standby.signal" ] || { echo "error the server runs as a primary"; return; }
    standby=$postmaster
  fi
  rm -f "$state/rejoin-failed"
  put rejoin "$1" || { echo "error the volume cannot be written"; return; }
  [ -z "$standby" ] || kill -INT "$standby"
  echo ok
}

# The first segment that is missing between this one and the last file of its timeline; nothing when all are there.
missing_segment() { # TIMELINE's prefix, SEGMENT
  bytes=$(control 'Bytes per WAL segment')
  per=$((4294967296 / ${bytes:-16777216}))
  expected=$((0x${2%????????} * per + 0x${2#????????}))
  for file in "$1"????????????????; do
    name=${file#"$1"}
    number=$((0x${name%????????} * per + 0x${name#????????}))
    [ "$number" -ge "$expected" ] || continue
    if [ "$number" -gt "$expected" ]; then
      printf '%08X%08X\n' "$((expected / per))" "$((expected % per))"
      return
    fi
    expected=$((number + 1))
  done
}

# The files are named: of a folder pg_waldump takes the segment size from any file, also from one that is still all zeros.
wal_end() { # TIMELINE, LSN and the segment that holds it: the last whole record from there on
  timeline=$PGDATA/pg_wal/$(printf '%08X' "$1")
  for file in "$timeline"????????????????; do last=$file; done
  printf 'record=%s\n' "$(LC_ALL=C pg_waldump -s "$2" "$timeline$3" "$last" 2>/dev/null | tail -n 1)"
  printf 'missing=%s\n' "$(missing_segment "$timeline" "$3")"
  echo ok
}

diverged() { # FROM, TO and the segments that hold them: the range as one line of JSON
  work=$(mktemp -d) || { echo "error no folder for what is read"; return; }
  read_diverged "$work" "$1" "$2" "$3" "$4"
  printf 'diverged=%s\n' "$(range_json "$work/reading" "$work/peer-names" "")"
  rm -rf "$work"
  echo ok
}

case $1 in
  rejoin-facts) facts; echo ok ;;
  rejoin-wal-end) wal_end "$2" "${3% *}" "${3#* }" ;;
  rejoin-diverged)
    # shellcheck disable=SC2086
    diverged $2 $3
    ;;
  rejoin-order) order "$2 $3" ;;
  rejoin-reported) rm -f "$state/rejoined"; echo ok ;;
  *) echo "error unknown command $1" ;;
esac
