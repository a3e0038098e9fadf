# shellcheck shell=sh disable=SC2154,SC2030,SC2031
# PostgreSQL's part of follow-record.sh: what this server and its peer say. Sessions last for one question, and a server
# that stops ends them.
export PGAPPNAME=understudy_recorder PGPASSFILE="$state/pgpass" LC_ALL=C

here() { timeout "$bound" psql -h /var/run/postgresql -U postgres -d "$database" -AtqX -F ' ' -c "$1" 2>/dev/null </dev/null; }

there() { # USER DATABASE-WORDS QUERY
  case $1 in "$UNDERSTUDY_REPLICATION_USER") words_of=replication ;; *) words_of=guard ;; esac
  encrypted=
  [ ! -f "$state/ssl-$words_of" ] || read -r encrypted <"$state/ssl-$words_of" || :
  timeout "$bound" psql -AtqX -F ' ' -c "$3" 2>/dev/null </dev/null \
    "host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=$1 connect_timeout=$UNDERSTUDY_PEER_TIMEOUT $2 $encrypted"
}

database=understudy
# COMMAND…: in the pair's own database, or where it is not there (yet) in template1. Nothing of what fails is printed: a
# session that was ended when its time was up may have had its answer out already.
either() {
  said=$("$@") || said=$(database=template1; "$@") || return
  printf '%s\n' "$said"
}

listens() { # asked plain, which every server answers: a certificate that is refused is no silence
  PGSSLMODE=disable pg_isready -q -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" -t "$UNDERSTUDY_PEER_TIMEOUT" >/dev/null 2>&1
  case $? in 0) echo serves ;; 1) echo answers ;; *) echo silent ;; esac
}

own_role() { if [ -f "$PGDATA/standby.signal" ]; then echo standby; else echo primary; fi; }

guard_role=$UNDERSTUDY_GUARD_USER
ask_primary() {
  # Before the data have the roles a primary may let in its superuser alone.
  if [ ! -f "$state/own-roles" ] && ! there "$guard_role" "dbname=$database" 'select 1' >/dev/null; then
    [ "$(listens)" = serves ] || return
    guard_role=postgres
  fi
  there "$guard_role" "dbname=$database" "
    select case when pg_is_in_recovery() then 'standby' else 'primary' end,
           case when not pg_is_in_recovery() then pg_current_wal_lsn() else '0/0' end,
           (select system_identifier from pg_control_system()),
           case when not pg_is_in_recovery() then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int else 0 end,
           coalesce((select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = '$UNDERSTUDY_SLOT'), 'missing')"
}

# Whether the newest and the pending position are here, of which history this server is, and what its receiver does.
compare_here() {
  here "
    with r as (select received_tli, status from pg_stat_wal_receiver)
    select coalesce(pg_last_wal_receive_lsn() >= '$newest', true) and coalesce(pg_last_wal_replay_lsn() >= '$newest', false),
           coalesce(pg_last_wal_receive_lsn() >= '$pending', true) and coalesce(pg_last_wal_replay_lsn() >= '$pending', false),
           (select system_identifier from pg_control_system()),
           coalesce((select received_tli from r), (select timeline_id from pg_control_checkpoint())),
           coalesce((select status from r), 'none')"
}

look_as_standby() {
  # shellcheck disable=SC2046
  set -- $(ask_primary)
  if [ $# -lt 5 ]; then
    # shellcheck disable=SC2046
    case $(listens) in
      serves) answers; set -- $(database=template1; ask_primary) ;;
      answers) answers ;;
      silent) link_is silent; return ;;
    esac
    [ $# -ge 5 ] || { link_is not-serving; return; }
  fi
  if [ "$1" != primary ]; then
    answers
    link_is role
    return
  fi
  lives
  newest=$2 system=$3 timeline=$4 slot=$5
  keep_pending
  # shellcheck disable=SC2046
  set -- $(either compare_here)
  [ $# -ge 5 ] || { link_is away; return; }
  if [ "$3" = "$system" ] && [ "$4" = "$timeline" ]; then
    if [ "$1" = t ]; then has newest; elif [ "$2" = t ]; then has pending; fi
  fi
  if [ "$5" = streaming ] && [ "$4" = "$timeline" ]; then
    link_is streaming
    return
  fi
  case $slot in
    missing | lost) refuses "slot-$slot"; link_is "slot-$slot" ;;
    *)
      # A server that is about to stop refuses everybody, which says nothing of this host.
      if ! there "$UNDERSTUDY_REPLICATION_USER" 'dbname=replication replication=true' IDENTIFY_SYSTEM >/dev/null &&
        [ "$(listens)" = serves ]; then
        refuses login
        link_is login
      elif [ "$3" != "$system" ] || [ "$4" -gt "$timeline" ]; then
        refuses timeline
        link_is timeline
      else
        link_is not-streaming
      fi ;;
  esac
}

look_as_primary() {
  peer_slot=understudy_$(printf '%s' "$UNDERSTUDY_PEER_HOST" | tr - _)
  newest=$(either here 'select pg_current_wal_lsn()') || { link_is away; return; }
  keep_pending
  standby=$(either here "select coalesce(replay_lsn >= '$newest', false), coalesce(replay_lsn >= '$pending', false)
      from pg_stat_replication where application_name = '$peer_slot' and state = 'streaming' limit 1") ||
    { link_is away; return; }
  # shellcheck disable=SC2086
  set -- $standby
  [ $# -ge 2 ] || { link_is no-standby; return; }
  lives
  if [ "$1" = t ]; then has newest; elif [ "$2" = t ]; then has pending; fi
  link_is streaming
}
