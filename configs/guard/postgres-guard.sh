#!/bin/sh
# Boot guard: PID 1 of the timescaledb container. It asks the peer which role this host may take before it starts
# PostgreSQL, because a former primary that comes back does not know what happened while it was away.
# Role on disk: $PGDATA/standby.signal. Files beside it, in $state:
#   init         one word, written once by the first `pulumi up`: primary or standby
#   paired       this host has had a standby, or has been one
#   status       one line a person and the health check read: STATE, then the reason
#   demoting     a drill stops this server: EPOCH BOOT UP, until when its instruction is awaited: for people, and by
#                the seconds that the machine has run since BOOT
#   instruction  one word, written by the drill's agent: follow or resume
#   own-roles    the data have the roles of our sessions, and both hosts know them: see own-roles.sh
#   pg_hba.conf  who may connect, as the server reads it; what else it reads: see encryption.sh
#   fenced       DRILL TIME: an unplanned drill stopped this primary; it starts as primary only after a release
#   release      an operator or a drill allows a held former primary to start writable, in one boot alone
#   rejoin, torn and others: see postgres-rejoin.sh
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
# shellcheck source=configs/guard/postgres-encryption.sh
. /understudy/encryption.sh
mkdir -p "$state/journal"

# Sets peer (primary, standby, silent, or unclear: a server is there and does not say which), peer_system, peer_timeline, peer_checked (timeline of its last checkpoint),
# peer_history (checksum of its timeline's history, `-` without one) and peer_lsn.
ask_peer() {
  answer=$(in_either_database ask_what_it_is 2>/dev/null) || answer=
  # shellcheck disable=SC2086
  set -- $answer
  peer=${1:-silent}
  case $peer in
    primary | standby) ;;
    *) if peer_listens; then peer=unclear; else peer=silent; fi ;;
  esac
  peer_system=${2:-} peer_timeline=${3:-0} peer_checked=${4:-0} peer_history=${5:-unknown} peer_lsn=${6:-0/0}
}

# Files may be read in the pair's own database alone: elsewhere the history stays unknown, and nothing is followed by it.
ask_what_it_is() { # DATABASE
  case $1 in
    understudy) history="coalesce(md5(pg_read_file('pg_wal/' || upper(lpad(to_hex(timeline), 8, '0')) || '.history', 0, 1048576, true)), '-')" ;;
    *) history="'unknown'" ;;
  esac
  peer_sql "$((UNDERSTUDY_PEER_TIMEOUT + 3))" "$1" -c "
      with here as (
        select pg_is_in_recovery() as recovery, timeline_id as checked,
               case when pg_is_in_recovery()
                    then coalesce((select received_tli from pg_stat_wal_receiver), timeline_id)
                    else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline
          from pg_control_checkpoint())
      select case when recovery then 'standby' else 'primary' end, (select system_identifier from pg_control_system()), timeline, checked,
             $history,
             case when recovery then coalesce(pg_last_wal_replay_lsn(), '0/0') else pg_current_wal_lsn() end
        from here"
}

# What is said of a peer that is unclear. It is alive, so no policy lets this host go on without it.
unclear="$UNDERSTUDY_PEER_HOST answers and does not say what it is: its connections are used up, it does not take this host's password, or it is starting or stopping"

own_history() { # checksum of the history of TIMELINE, `-` without one
  file=$PGDATA/pg_wal/$(printf '%08X' "$1").history
  [ -f "$file" ] || { echo -; return; }
  sum=$(md5sum "$file")
  printf '%s\n' "${sum%% *}"
}

position() { printf '%d\n' "$((0x${1%/*} * 4294967296 + 0x${1#*/}))"; } # of an LSN, in bytes

# pg_rewind believes the timeline's number alone when both sides have the same one, so here the histories are compared.
can_follow_without_rewind() {
  if [ "$peer_timeline" = "$own" ]; then
    [ "$(own_history "$own")" = "$peer_history" ] || return 1
    own_end=$(control 'Latest checkpoint location')
    [ -n "$own_end" ] && [ "$(position "$own_end")" -lt "$(position "$peer_lsn")" ] || return 1
  fi
  [ "$peer_checked" = "$peer_timeline" ] || peer_checkpoint || return 1
  rewind_to_peer 30 --dry-run | grep -q 'no rewind required'
}

# A folder without a version is empty to a server; whatever is in it all the same is kept.
put_aside() {
  [ -d "$PGDATA" ] || return 0
  rmdir "$PGDATA" 2>/dev/null && return
  aside=$state/salvage/$(date -u +%Y%m%dT%H%M%SZ)-unversioned
  while [ -e "$aside" ]; do aside=$aside-again; done # the clock may have been set back
  mkdir -p "$aside" && mv "$PGDATA" "$aside/pgdata"
}

# Decides what an empty data directory becomes. Returns 0 when the server may start.
decide_empty() {
  case $(cat "$state/init" 2>/dev/null) in
    primary)
      [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && ask_peer || peer=silent
      if [ "$peer" = unclear ]; then
        become held "empty data directory, and $unclear; starts when it says that it has none, or does not answer any more"
        return 1
      elif [ "$peer" != silent ]; then
        become held "empty data directory, and $UNDERSTUDY_PEER_HOST already has data as $peer; declare this host standby and clone it: understudy rejoin $UNDERSTUDY_HOST --execute"
        return 1
      fi
      take init >/dev/null
      return 0
      ;;
    standby)
      become cloning "from $UNDERSTUDY_PEER_HOST"
      if ! clone_from_peer; then
        become held "the clone from $UNDERSTUDY_PEER_HOST failed, see the log above; it is tried again"
        return 1
      fi
      put_aside || { become held "what is in the data folder could not be moved away"; return 1; }
      mv "$PGDATA.clone" "$PGDATA"
      take init >/dev/null
      : >"$state/paired"
      return 0
      ;;
    *)
      become held "empty data directory; the first 'pulumi up' of this stack says what it becomes; a host that lost its data comes back by: understudy rejoin $UNDERSTUDY_HOST --execute"
      return 1
      ;;
  esac
}

# Decides what a former primary becomes. Returns 0 when the server may start.
decide_former_primary() {
  fence=
  [ -f "$state/fenced" ] && { read -r fence <"$state/fenced" || :; fence="fenced by drill ${fence:-unknown}; "; }
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ -f "$state/paired" ] || [ -n "$fence" ] || return 0
  # Used up, on the disk, before anything starts from it: no other boot has it, also after a loss of power.
  take release >/dev/null && flush && { rm -f "$state/fenced"; say "released by hand: starting as primary"; return 0; }
  release="or after: understudy release $UNDERSTUDY_HOST"
  ask_peer
  own_system=$(control 'Database system identifier')
  own=$(own_timeline)
  if [ "$peer" = silent ]; then
    [ "$UNDERSTUDY_BOOT_POLICY" = resume ] && [ -z "$fence" ] && { say "the peer does not answer; policy is resume"; return 0; }
    become held "${fence}was primary, and $UNDERSTUDY_PEER_HOST does not answer; starts when it answers, $release"
  elif [ "$peer" = unclear ]; then
    become held "${fence}was primary, and $unclear; starts when it does, $release"
  elif [ "$peer_system" != "$own_system" ]; then
    become held "$UNDERSTUDY_PEER_HOST holds another database cluster (system identifier $peer_system, here $own_system); starts when the right one answers there, $release"
  elif [ "$peer" = standby ]; then
    if [ "$peer_timeline" -gt "$own" ]; then
      become held "$UNDERSTUDY_PEER_HOST is a standby on newer timeline $peer_timeline, here $own; starts when $UNDERSTUDY_PEER_HOST is promoted, $release"
    elif [ -n "$fence" ]; then
      become held "${fence}$UNDERSTUDY_PEER_HOST is still a standby; starts when it is promoted, $release"
    else
      return 0
    fi
  elif [ "$peer_timeline" -lt "$own" ]; then
    become held "$UNDERSTUDY_PEER_HOST is primary on older timeline $peer_timeline, here $own: two histories; starts after: understudy rejoin $UNDERSTUDY_HOST --accept-older-timeline --execute"
  elif can_follow_without_rewind; then
    : >"$PGDATA/standby.signal"
    return 0
  else
    become held "$UNDERSTUDY_PEER_HOST is primary on timeline $peer_timeline and this data diverged from it, or did not stop cleanly; nothing is changed here; starts after: understudy rejoin $UNDERSTUDY_HOST --execute"
  fi
  return 1
}

# An order of `understudy rejoin` is carried out by this process's own child: nobody else touches the data meanwhile.
carry_out_order() {
  sh $bin/rejoin.sh &
  worker=$!
  wait_for "$worker"
  worker=
  return "$code"
}

# A server of another major version refuses the data, and would be started for ever. What does not say its version is
# left to the server.
fits_data() {
  written='' major=''
  read -r written <"$PGDATA/PG_VERSION" || :
  major=$(postgres --version 2>/dev/null)
  major=${major##*PostgreSQL) } && major=${major%%[!0-9]*}
  [ -z "$major" ] || [ "$written" = "$major" ]
}

decide() {
  while [ -z "$stopping" ]; do
    note_peer
    if [ -f "$state/rejoin" ]; then
      carry_out_order && return
    elif [ -f "$state/torn" ]; then
      become held "the data directory is half replaced; it is cloned by: understudy rejoin $UNDERSTUDY_HOST --execute"
    elif [ ! -s "$PGDATA/PG_VERSION" ]; then
      decide_empty && return
    elif ! fits_data; then
      become held "the data here are of PostgreSQL $written, and this image has PostgreSQL $major, which cannot use them; nothing is changed; name an image of PostgreSQL $written in the environment file, then: understudy up --execute"
    elif [ -f "$PGDATA/standby.signal" ]; then
      return
    elif decide_former_primary; then
      return
    fi
    sleep 0.5
  done
}

start_server() {
  if [ -f "$PGDATA/standby.signal" ]; then
    rm -f "$state/fenced"
    become standby
  else
    rm -f "$state/rejoin"
    become primary
  fi
  # One that this boot had no need of is not kept for another one, nor one that came in the last moment.
  rm -f "$state/release" "$state/release.taken"
  forget_dead_server
  note_peer
  write_hba
  write_server_conf
  set -- postgres -c "config_file=$state/postgresql.conf" -c "hba_file=$state/pg_hba.conf"
  POSTGRES_PASSWORD_FILE=$files/postgres POSTGRES_INITDB_ARGS='--wal-segsize=4 --data-checksums --auth-host=scram-sha-256' \
    docker-entrypoint.sh "$@" &
  server=$!
}

wait_for() { # PROCESS: a trapped signal interrupts wait, so wait again until it is gone; sets code
  while :; do
    wait "$1"
    code=$?
    kill -0 "$1" 2>/dev/null || return
  done
}

# Seconds that are left of the wait for an instruction. The clock may have been set since the agent wrote the end of it:
# what the machine has run says how long ago that was. After a restart of the machine nothing does, and it waits anew.
instruction_wait() {
  epoch='' boot='' last=''
  read -r epoch boot last <"$state/demoting" || :
  case $epoch$last in *[!0-9]*) epoch=0 last='' ;; esac
  if [ -z "$last" ]; then
    left=$((${epoch:-0} - $(date +%s))) # by an agent of an earlier version
  elif [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    left=$((last - $(uptime_seconds)))
  else
    left=$LONGEST_WAIT
  fi
  [ "$left" -le "$LONGEST_WAIT" ] || left=$LONGEST_WAIT
  printf '%s\n' "$left"
}
LONGEST_WAIT=90 # more than a drill asks for: its stop, one at once after it, and its instruction

await_instruction() {
  deadline=$(($(uptime_seconds) + $(instruction_wait)))
  become demoted "stopped cleanly by a drill, its instruction is awaited"
  while [ -z "$stopping" ] && read -r up _ </proc/uptime && [ "${up%.*}" -le "$deadline" ]; do
    # Looked for without a process: until clients are led the processors are theirs.
    if [ -e "$state/instruction" ]; then
      case $(take instruction) in
        follow) : >"$PGDATA/standby.signal"; break ;;
        resume) : >"$state/release"; break ;;
      esac
    fi
    sleep 0.05
  done
  rm -f "$state/demoting"
}

stopping=
server=
worker=
trap 'stopping=yes; [ -z "$server" ] || kill -INT "$server" 2>/dev/null; [ -z "$worker" ] || kill -TERM "$worker" 2>/dev/null' TERM INT
become asking "the boot guard has not decided yet"
rm -f "$state"/pgpass.try.*
write_pgpass
[ -f "$state/demoting" ] && await_instruction
if [ -n "$UNDERSTUDY_PEER_ADDRESS" ]; then PGOPTIONS=$(session_options) sh $bin/follow-record.sh postgres "$state" $$ & fi
PGOPTIONS=$(session_options) sh $bin/own-roles.sh $$ &
PGOPTIONS=$(session_options) sh $bin/prune-journal.sh postgres "$state" $$ &
while [ -z "$stopping" ]; do
  decide
  [ -n "$stopping" ] && break
  start_server
  wait_for "$server"
  server=
  [ -z "$stopping" ] || exit "$code"
  if [ -f "$state/demoting" ]; then await_instruction; elif [ ! -f "$state/rejoin" ]; then exit "$code"; fi
done
