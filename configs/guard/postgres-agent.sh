#!/bin/sh
# The drill's hand inside the timescaledb container: opened before the cut, spoken to over stdin, one command a line.
# Every answer is key=value lines and ends with `ok` or `error WHY`.
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
PGOPTIONS=$(session_options)
export PGOPTIONS PGAPPNAME=understudy_agent PGCLIENTENCODING=UTF8
boot=$(cat /proc/sys/kernel/random/boot_id)

answer_status() { printf 'status=%s\n' "$(cat "$state/status" 2>/dev/null)"; }

# Key and value of each line that counts, without a process more than pg_controldata: this runs inside the cut.
control_data() {
  facts=$(LC_ALL=C pg_controldata -D "$PGDATA")
  while IFS= read -r line; do
    value=${line#*:}
    value=${value#"${value%%[! ]*}"}
    case $line in
      'Database cluster state:'*) printf 'state=%s\n' "$value" ;;
      'Database system identifier:'*) printf 'system=%s\n' "$value" ;;
      'Latest checkpoint location:'*) location=$value; printf 'checkpoint=%s\n' "$value" ;;
      "Latest checkpoint's REDO WAL file:"*) file=$value ;; # of a shutdown checkpoint: its own
      "Latest checkpoint's TimeLineID:"*) printf 'timeline=%s\n' "$value" ;;
      'Bytes per WAL segment:'*) printf 'segment=%s\n' "$value" ;;
    esac
  done <<EOF
$facts
EOF
}

# Seconds since 1970 as this machine's clock had them when the agent began, less those that the machine had run: what
# people read of a moment starts no process in the cut.
read -r up _ </proc/uptime
booted=$(($(date +%s) - ${up%.*}))

# A clock that no correction of the time moves, in hundredths of a second; reading it starts no process.
look_at_clock() { read -r up _ </proc/uptime && now=${up%.*}${up#*.}; }

# One process of GNU's tail looks every 2 ms. By the shell alone each look starts a process of its own, which costs the
# processors as much again: a stop that has to share them takes longer. Any other tail refuses the words at once, and the
# shell looks.
ends_within() { # PID SECONDS
  look_at_clock
  until=$((now + $2 * 100))
  timeout "$2" tail -f -s 0.002 --pid="$1" /dev/null 2>/dev/null </dev/null
  while kill -0 "$1" 2>/dev/null; do
    look_at_clock
    [ "$now" -lt "$until" ] || return 1
    sleep 0.002
  done
}

# TimescaleDB's background jobs, in every database that has them. Its own functions end them and let them run, for its
# superuser alone. Those that were ended run again with the server's next start, or when this agent ends before that. A
# database's owner can make functions of that name too: only a superuser's, in a superuser's schema, is called as one.
jobs=_timescaledb_functions
jobs_rest=

own() { # DATABASE QUERY
  PGDATABASE=$1 timeout 5 psql -h /var/run/postgresql -U postgres -AtqX -v ON_ERROR_STOP=1 -c "$2" 2>/dev/null </dev/null
}

# Each database with its answer: `ANSWER=DATABASE`, or `no-answer=DATABASE`.
tell_jobs() { # stop|start ANSWER
  all=$(own template1 "select datname from pg_database where datallowconn and not datistemplate") ||
    { echo "error the databases could not be listed over the local socket"; return; }
  while IFS= read -r database; do
    function="$jobs.$1_background_workers()"
    theirs="from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles o on o.oid = p.proowner join pg_roles s on s.oid = n.nspowner
      where p.oid = pg_catalog.to_regprocedure('$function')::oid and o.rolsuper and s.rolsuper"
    has=$(own "$database" "select count(*) $theirs") || has=unknown
    [ "$has" = 1 ] || { [ "$has" = 0 ] || printf 'no-answer=%s\n' "$database"; continue; }
    if [ "$(own "$database" "select $function $theirs")" = t ]; then
      printf '%s=%s\n' "$2" "$database"
    else
      printf 'no-answer=%s\n' "$database"
    fi
  done <<EOF
$all
EOF
  echo ok
}

# Stops the server with a fast shutdown (walsenders drain) and says where its WAL ends. One that does not stop in time is
# ended at once, since nobody can write meanwhile; its next start recovers.
demote() { # SECONDS to wait for the stop, SECONDS to wait for the instruction afterwards
  at_once=10 # seconds; a postmaster that was told so kills whatever is left after 5
  read -r pid <"$PGDATA/postmaster.pid" || { echo "error no postmaster.pid: the server is not running"; return; }
  [ ! -e "$state/instruction" ] || rm -f "$state/instruction"
  read -r up _ </proc/uptime
  last=$((${up%.*} + $1 + at_once + $2))
  printf '%s %s %s\n' "$((booted + last))" "$boot" "$last" >"$state/demoting"
  kill -INT "$pid" || { rm -f "$state/demoting"; echo "error the postmaster could not be signalled"; return; }
  jobs_rest=
  if ! ends_within "$pid" "$1"; then
    kill -QUIT "$pid" 2>/dev/null
    ends_within "$pid" "$at_once" || { echo "error the server has not stopped within $1 s, nor within $at_once s more when it was told to end at once"; return; }
    printf 'hung=%s\n' "$1"
    echo ok
    return
  fi
  control_data
  # The file is named: of a folder pg_waldump takes the segment size from any file, also from one that is still all zeros.
  printf 'record=%s\n' "$(LC_ALL=C pg_waldump -s "$location" -n 1 "$PGDATA/pg_wal/$file" 2>/dev/null)"
  echo ok
}

instruct() {
  printf '%s\n' "$1" >"$state/instruction.new" && mv "$state/instruction.new" "$state/instruction"
  echo ok
}

# Stops the peer's server through its own port and keeps its boot guard from starting it writable. The proof is not in
# this answer, which a server that is shutting down may cut short, but in what is seen of the peer afterwards.
fence_peer() { # DRILL
  ask_as "$UNDERSTUDY_GUARD_USER" 5 understudy -c "select understudy.fence('$1')" >/dev/null 2>&1 </dev/null
  sent=$?
  # Before there are roles the peer's superuser says the same.
  [ "$sent" -eq 0 ] || has_own_roles || for database in understudy template1; do
    PGPASSFILE=$state/pgpass timeout 5 psql -d "$(peer_dsn postgres $database)" -AtqX -c "copy (select '$1 at ' || to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')) to program
        'cat >\"\${PGDATA%/*}/understudy/fenced\" && sync && kill -INT \$(head -n 1 \"\$PGDATA/postmaster.pid\")'" >/dev/null 2>&1 </dev/null
    sent=$?
    [ "$sent" -ne 0 ] || break
  done
  printf 'sent=%s\n' "$sent"
  echo ok
}

# Logs in to the peer as replication does. What psql says beside the answer, a WARNING of the server too, is no part of it.
reach_peer() {
  why=$(mktemp) || { echo "error no file for what psql says"; return; }
  if peer=$(PGPASSFILE=$state/pgpass LC_ALL=C timeout 5 psql -AtqX -F ' ' -c IDENTIFY_SYSTEM \
    "host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=$UNDERSTUDY_REPLICATION_USER dbname=replication replication=true connect_timeout=3 $(peer_ssl "$UNDERSTUDY_REPLICATION_USER")" \
    2>"$why" </dev/null); then
    printf 'peer=%s\n' "$peer"
    echo ok
  else
    [ -s "$why" ] || echo "no answer within 5 s" >"$why"
    printf 'error %s\n' "$(tr '\n' ' ' <"$why")"
  fi
  rm -f "$why"
}

journal_file() { printf '%s/journal/%s' "$state" "$1"; }

while read -r command one two; do
  case $command in
    status) answer_status; echo ok ;;
    control) control_data; echo ok ;;
    demote) demote "$one" "$two" ;;
    jobs-rest) jobs_rest=1; tell_jobs stop resting ;;
    jobs-run) jobs_rest=; tell_jobs start running ;;
    follow | resume) instruct "$command" ;;
    release) : >"$state/release"; echo ok ;;
    rejoin*) sh /understudy/rejoin-agent.sh "$command" "$one" "$two" ;;
    init)
      if [ -s "$PGDATA/PG_VERSION" ]; then echo 'result=already-initialised'; else printf '%s\n' "$one" >"$state/init"; echo 'result=told'; fi
      echo ok
      ;;
    reach-peer) reach_peer ;;
    fence-peer) fence_peer "$one" ;;
    paired) : >"$state/paired"; echo ok ;;
    journal-list) (cd "$state/journal" && for file in *; do [ -e "$file" ] && printf 'entry=%s\n' "$file"; done); echo ok ;;
    journal-get)
      [ -f "$(journal_file "$one")" ] && printf 'content=%s\n' "$(cat "$(journal_file "$one")")"
      echo ok
      ;;
    journal-put)
      printf '%s' "$two" >"$(journal_file "$one").new" && mv "$(journal_file "$one").new" "$(journal_file "$one")" && echo ok || echo "error the journal could not be written"
      ;;
    *) echo "error unknown command $command" ;;
  esac
done
# Whoever spoke to this agent is gone.
[ -z "$jobs_rest" ] || tell_jobs start running >/dev/null
