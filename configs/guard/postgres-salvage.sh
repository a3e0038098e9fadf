#!/bin/sh
# Saves what diverged, for postgres-rejoin.sh: the WAL files of the range, the journal rows that the peer does not have,
# how many rows of which table the range changed, and a manifest with the checksum of every file. `only-ours` in it says
# that no user's transaction is in the range: without it the old data folder itself is kept.
# The diverged server is started once, for its crash recovery and for reading: on a socket in $state, without TCP.
# shellcheck disable=SC2154 # $state and $bin come from postgres-common.sh, the order's words from postgres-rejoin.sh

wal_files() { # every file of pg_wal that holds a part of the diverged range, and every timeline history
  for file in "$PGDATA"/pg_wal/*; do
    base=${file##*/}
    case $base in
      *.history) printf '%s\n' "$file" ;;
      *[!0-9A-F]*) ;;
      ????????????????????????)
        number=$((0x${base#????????}))
        [ "$number" -lt "$((0x$first))" ] || [ "$number" -gt "$((0x$last))" ] ||
          [ "$((0x${base%????????????????}))" -lt "$timeline" ] || printf '%s\n' "$file"
        ;;
    esac
  done
}

copy_wal() { # FOLDER
  mkdir -p "$1" && wal_files | while read -r file; do cp -p "$file" "$1/" || exit 1; done
}

ask_own_names() { database=$1; shift; local_sql -d "$database" "$@" </dev/null; }

local_sql() { PGOPTIONS="$(session_options) -c default_transaction_read_only=on" psql -AtqX -v ON_ERROR_STOP=1 -h "$state/isolated" -U postgres -d understudy "$@"; }

start_isolated() { # LOG: returns 0 when the server answers on its socket
  rm -rf "$state/isolated" && mkdir -p "$state/isolated" || return 1
  forget_dead_server
  set -- "$1" -c "config_file=$files/postgresql.conf" -c "hba_file=$files/pg_hba.conf" -c listen_addresses= \
    -c "unix_socket_directories=$state/isolated" -c default_transaction_read_only=on -c autovacuum=off -c archive_mode=off \
    -c primary_conninfo= -c wal_keep_size=1000000
  # A standby that has heard of a newer timeline would look for it, and not start: it went past where that begins.
  if [ -f "$PGDATA/standby.signal" ]; then
    set -- "$@" -c "recovery_target_timeline=$(own_timeline)"
  else
    set -- "$@" -c max_worker_processes=0
  fi
  share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql
  [ -f "$share/extension/timescaledb.control" ] && set -- "$@" -c shared_preload_libraries=timescaledb
  log=$1
  shift
  postgres -D "$PGDATA" "$@" >"$log" 2>&1 &
  isolated=$!
  trap 'kill -INT "$isolated" 2>/dev/null; wait "$isolated"; exit 143' TERM
  turns=72000
  until local_sql -c 'select 1' >/dev/null 2>&1; do
    kill -0 "$isolated" 2>/dev/null && [ "$turns" -gt 0 ] || return 1
    turns=$((turns - 1))
    sleep 0.2
  done
}

stop_isolated() { # returns 0 when the server has stopped cleanly
  kill -INT "$isolated" 2>/dev/null
  wait "$isolated" 2>/dev/null
  trap - TERM
  rm -rf "$state/isolated"
  case $(control 'Database cluster state') in 'shut down' | 'shut down in recovery') ;; *) return 1 ;; esac
}

# What is compared: events that the peer has not pruned. Older ones it may well have had.
KEPT="run <> 'understudy:pruned' and written_at >= to_timestamp(\$horizon)"
SUMMARY="select json_build_array(run, count(*), sum(hashint8extended(seq, 0)::numeric)) from understudy.events where $KEPT group by run"

with_horizon() { printf '%s' "$1" | sed "s/[$]horizon/$horizon/"; }

# Events of the runs named in $WORK/runs.json: a file, because a command line holds only so many.
events_sql() { # COLUMNS
  cat <<EOF
\set runs \`cat "\$WORK/runs.json"\`
select $1 from understudy.events where $(with_horizon "$KEPT")
  and run in (select one->>0 from jsonb_array_elements(:'runs'::jsonb) one);
EOF
}

EVENT='json_build_array(run, seq)'
WHOLE="E'\\t', json_build_object('run', run, 'seq', seq, 'writtenAt', to_char(written_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"

# Journal rows that are here and not there, each as often as it is here more, one JSON object a line. Runs that agree in
# number and checksum are not compared row by row. Returns 1 when the rows here, 2 when those of the peer cannot be read, 3
# when the peer has pruned all that is here. Sets horizon: from when on they are compared, epoch seconds; 0 is the beginning.
list_lost() { # FILE
  export WORK="$partial/work"
  mkdir -p "$WORK"
  horizon=$(peer_sql 3600 understudy -c "select coalesce(max(seq), 0) from understudy.events where run = 'understudy:pruned'") || return 2
  case $horizon in '' | *[!0-9]*) return 2 ;; esac
  if [ "$horizon" -gt 0 ]; then
    later=$(local_sql -c "select count(*) from (select from understudy.events where $(with_horizon "$KEPT") limit 1) one") || return 1
    [ "$later" = 1 ] || return 3
  fi
  local_sql -c "$(with_horizon "$SUMMARY")" -o "$WORK/here" || return 1
  peer_sql 3600 understudy -c "$(with_horizon "$SUMMARY")" -o "$WORK/there" || return 2
  only_here >"$WORK/differing" || return 1
  printf '[%s]\n' "$(paste -sd , "$WORK/differing")" >"$WORK/runs.json"
  events_sql "concat($EVENT, $WHOLE)" | local_sql -o "$WORK/rows" || return 1
  cut -f 1 "$WORK/rows" >"$WORK/here" || return 1
  events_sql "$EVENT" | peer_sql 3600 understudy -o "$WORK/there" || return 2
  only_here >"$WORK/lost" || return 1
  awk -F '\t' 'NR == FNR { lost[$0]++; next } lost[$1]-- > 0 { print $2 }' "$WORK/lost" "$WORK/rows" >"$1" || return 1
  [ "$(grep -c '' "$WORK/lost")" = "$(grep -c '' "$1")" ]
}

only_here() { # a merge of two sorted files; `comm` is not in every image
  LC_ALL=C sort -o "$WORK/here" "$WORK/here" && LC_ALL=C sort -o "$WORK/there" "$WORK/there" || return 1
  LC_ALL=C awk -v there="$WORK/there" '
    function step() { if ((getline other <there) <= 0) over = 1 }
    BEGIN { step() }
    {
      while (!over && other "" < $0 "") step()
      if (!over && other "" == $0 "") step(); else print
    }' "$WORK/here"
}

plain() { printf '%s' "$*" | tr -d '"\134' | tr -s '[:cntrl:]' ' '; }

manifest() { # WHY the rows are not listed, or nothing
  rows=null
  [ -e "$partial/lost-events.jsonl" ] && rows=$(grep -c '' "$partial/lost-events.jsonl")
  printf '{"version":1,"store":"timescaledb","host":"%s","peer":"%s","name":"%s","madeAt":"%s",' \
    "$UNDERSTUDY_HOST" "$UNDERSTUDY_PEER_HOST" "$name" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)"
  printf '"systemIdentifier":"%s","timeline":%s,"fromLsn":"%s","toLsn":%s,"lostEvents":%s,"notListed":%s,"diverged":%s,"files":[' \
    "$(control 'Database system identifier')" "$timeline" "$from" "$(json_or_null "$to" -)" "$rows" "$(json_or_null "$(plain "$1")" '')" \
    "$(range_json "$work/reading" "$work/peer-names" "$work/own-names")"
  comma=''
  (cd "$partial" && find . -type f ! -name manifest.json) | LC_ALL=C sort | while read -r file; do
    sum=$(sha256sum "$partial/$file") || exit 1
    printf '%s{"path":"%s","bytes":%s,"sha256":"%s"}' "$comma" "${file#./}" "$(wc -c <"$partial/$file" | tr -d ' ')" "${sum%% *}"
    comma=,
  done || return 1
  printf ']}\n'
}

json_or_null() { # TEXT NOTHING
  if [ "$1" = "$2" ]; then printf null; else printf '"%s"' "$1"; fi
}

# Leaves salvage/NAME/ complete and on the disk, or gives the order up. Nothing is taken from the data directory.
save_diverged() {
  [ -d "$state/salvage/$name" ] && return
  partial=$state/salvage/$name.partial
  work=$state/reading
  rm -rf "$state"/salvage/*.partial "$work"
  mkdir -p "$partial" "$work" || give_up "the volume cannot be written"
  become rejoining "reading what diverged"
  : >"$work/own-names"
  read_diverged "$work" "$from" "$to" "$first" "$last"
  LC_ALL=C pg_controldata -D "$PGDATA" >"$partial/control-data.txt" 2>&1
  if only_ours "$work"; then
    become rejoining "saving what diverged to $state/salvage/$name"
    copy_wal "$partial/pg_wal" || give_up "the diverged WAL could not be copied: is the disk full?"
  fi
  why=''
  if [ "$words" = keep ]; then
    why="the data folder is kept as it is, and was not read"
  else
    list_events
  fi
  [ -z "$why" ] && only_ours "$work" && : >"$partial/only-ours"
  manifest "$why" >"$partial/manifest.json" || give_up "the salvage could not be written: is the disk full?"
  rm -rf "$work"
  flush
  [ "$(free_kib)" -ge 1024 ] || give_up "the disk is full: what diverged may not have been saved whole"
  mv "$partial" "$state/salvage/$name" || give_up "the salvage could not be written"
  flush
}

list_events() { # sets why when they cannot be listed
  if start_isolated "$partial/recovery.log"; then
    list_lost "$partial/lost-events.jsonl"
    case $? in
      0) relation_names ask_own_names >"$work/own-names" 2>/dev/null ;;
      1) why="the journal here could not be read" ;;
      3) why="$UNDERSTUDY_PEER_HOST has pruned its journal up to a time after the last event here: what only this host had is not known" ;;
      *) stop_isolated; give_up "$UNDERSTUDY_PEER_HOST does not answer: what it has cannot be compared" ;;
    esac
  else
    why="the server did not recover, see recovery.log"
  fi
  stop_isolated || why=${why:-"the server did not stop cleanly, see recovery.log"}
  [ -z "$why" ] || rm -f "$partial/lost-events.jsonl"
  rm -rf "$partial/work"
}
