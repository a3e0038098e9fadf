#!/bin/sh
# Brings a former primary's data back behind its peer, as the order in $state/rejoin says. Only the boot guard runs it,
# so nobody else touches the data meanwhile. It may be killed at any line: the order stays, the next boot goes on.
#   rejoin          ID MODE NAME CHECKPOINT TIMELINE FROM TO FIRST LAST WORDS: MODE is follow, rewind or clone; NAME is the
#                   salvage's, or `-` when nothing diverged; CHECKPOINT is this data's last one when the order was made;
#                   TIMELINE is the last one that both sides share; FROM to TO is the diverged range, FIRST and LAST its
#                   segments; WORDS is `keep` when the old data folder is to be kept whatever it holds, `give-up` when
#                   the operator gives it up where it cannot be kept, `-` otherwise
#   salvage/NAME/   what diverged; it has this name only when it is complete and on the disk
#   torn            the data directory is being replaced, nothing may start from it; the name of its salvage
#   clone-complete  $PGDATA.clone is whole
#   placed          ID HOW: the data is a standby's now; HOW is followed, rewound or cloned
#   rejoined        ID HOW NAME TIME: the order is carried out, and its evidence is not written yet
#   rejoin-failed   why the last order was given up; nothing was lost by it
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
# shellcheck source=configs/guard/postgres-salvage.sh
. /understudy/salvage.sh
# shellcheck source=configs/guard/postgres-diverged.sh
. /understudy/diverged.sh

give_up() {
  say "rejoin given up: $*"
  put rejoin-failed "$*"
  rm -f "$state/rejoin"
  exit 1
}

placed_as() { # HOW
  put placed "$id $1" || give_up "the volume cannot be written"
}

follow() {
  : >"$PGDATA/standby.signal" || give_up "standby.signal cannot be written"
  placed_as followed
}

# Returns 1 when a clone is needed. The dry run reads all that the rewind needs, before anything is changed.
rewind() {
  become rejoining "rewinding to $UNDERSTUDY_PEER_HOST"
  peer_checkpoint || give_up "$UNDERSTUDY_PEER_HOST did not carry out a checkpoint: it does not answer, or not as a primary"
  said=$(rewind_to_peer 3600 --dry-run --no-ensure-shutdown) || { say "cannot be rewound: $said"; return 1; }
  case $said in *'no rewind required'*) say "pg_rewind sees nothing to rewind where the histories differ"; return 1 ;; esac
  put torn "$name" || give_up "the volume cannot be written"
  rewind_to_peer 14400 --no-ensure-shutdown >&2 || { say "the rewind failed in the middle"; return 1; }
  : >"$PGDATA/standby.signal"
  placed_as rewound
}

free_kib() { df -Pk "$state" | awk 'NR == 2 { print $4 }'; }

# The old directory makes room only when no user wrote what it alone has, or when the operator gave that up.
make_room() {
  need=$(peer_server_sql 60 -c 'select (sum(pg_database_size(oid)) / 1024)::bigint + 131072 from pg_database' 2>/dev/null)
  [ -n "$need" ] || give_up "$UNDERSTUDY_PEER_HOST does not say how large its data is"
  if keeps_old_directory && has_tablespaces; then
    may_give_up || give_up "the old data cannot be kept beside a clone: it has tablespaces outside its folder"
    remove_tablespaces
  fi
  free=$(free_kib)
  [ "$free" -ge "$need" ] && return
  old=$(du -sk "$PGDATA" 2>/dev/null | cut -f 1)
  ! keeps_old_directory || may_give_up ||
    give_up "the old data cannot be kept: a clone beside it needs $need KiB, and $free KiB are free"
  [ "$((free + ${old:-0}))" -ge "$need" ] || give_up "a clone needs $need KiB; $free KiB are free, and the old data is only ${old:-0} KiB"
  say "no room for a clone beside the old data: it is removed first, what is saved of it is in ${name:-nowhere}"
  put torn "$name" || give_up "the volume cannot be written"
  rm -rf "$PGDATA"
}

may_give_up() { [ "$words" = give-up ]; }

has_tablespaces() { [ -n "$(ls -A "$PGDATA/pg_tblspc" 2>/dev/null)" ]; }

remove_tablespaces() { # a clone puts its own into the same folders, and wants them empty
  put torn "$name" || give_up "the volume cannot be written"
  for space in "$PGDATA"/pg_tblspc/*; do rm -rf "$space"/PG_*; done
  rm -rf "$PGDATA"
}

# Old data is given up only when its salvage says that it holds no user's write that the peer does not have.
keeps_old_directory() { [ "$name" != - ] && [ -d "$PGDATA" ] && [ ! -e "$state/salvage/$name/only-ours" ]; }

clone() {
  if [ ! -f "$state/clone-complete" ]; then
    make_room
    become rejoining "cloning from $UNDERSTUDY_PEER_HOST"
    clone_from_peer || give_up "the clone from $UNDERSTUDY_PEER_HOST failed, see the container's log"
    put clone-complete "$id" || give_up "the volume cannot be written"
  fi
  if [ -d "$PGDATA.clone" ]; then
    put torn "$name" || give_up "the volume cannot be written"
    if keeps_old_directory; then
      mv "$PGDATA" "$state/salvage/$name/pgdata" || give_up "the old data could not be moved into its salvage"
    elif [ -d "$PGDATA" ]; then
      rm -rf "$PGDATA.old"
      mv "$PGDATA" "$PGDATA.old" || give_up "the old data could not be moved away"
    fi
    mv "$PGDATA.clone" "$PGDATA" || give_up "the clone could not be moved into place"
  fi
  placed_as cloned
}

# An order is about the data as it was when the order was made: a server that ran since may have written more.
untouched() {
  [ "$checkpoint" = - ] || [ -f "$state/torn" ] || [ -f "$state/clone-complete" ] || [ -d "$state/salvage/$name" ] ||
    [ "$checkpoint" = "$(control 'Latest checkpoint location')" ]
}

peer_is_primary() {
  answer=$(peer_server_sql 30 -c 'select pg_is_in_recovery(), system_identifier from pg_control_system()' 2>/dev/null) || return 1
  own_system=$(control 'Database system identifier')
  [ "$answer" = "f ${own_system:-${answer#f }}" ]
}

finish() { # HOW
  [ -f "$PGDATA/standby.signal" ] || give_up "no standby.signal although the data was placed"
  : >"$state/paired"
  put rejoined "$id $1 $name $(date -u +%Y-%m-%dT%H:%M:%S.000Z)" || give_up "the volume cannot be written"
  rm -rf "$PGDATA.old" "$PGDATA.clone"
  rm -f "$state/torn" "$state/clone-complete" "$state/fenced" "$state/release" "$state/init" "$state/rejoin-failed"
  rm -f "$state/rejoin" && rm -f "$state/placed"
  flush
  say "this host is a standby of $UNDERSTUDY_PEER_HOST: $1"
}

# shellcheck disable=SC2034 # the range is postgres-salvage.sh's
read -r id mode name checkpoint timeline from to first last words <"$state/rejoin" || give_up "the order cannot be read"
[ ! -f "$state/torn" ] || read -r name <"$state/torn"
placed_id='' how=''
[ -f "$state/placed" ] && read -r placed_id how <"$state/placed"
if [ "$placed_id" != "$id" ]; then
  untouched || give_up "the data here has changed since the order was made"
  peer_is_primary || give_up "$UNDERSTUDY_PEER_HOST does not answer as the primary of this cluster"
  case $mode in
    follow) follow ;;
    rewind | clone)
      [ "$mode $name" != 'rewind -' ] || give_up "an order to rewind names no salvage"
      [ "$name" = - ] || [ -f "$state/torn" ] || [ -f "$state/clone-complete" ] || save_diverged
      if [ "$mode" = clone ] || [ -f "$state/torn" ] || [ -f "$state/clone-complete" ] || keeps_old_directory; then
        clone
      else
        rewind || clone
      fi
      ;;
    *) give_up "unknown order $mode" ;;
  esac
  read -r placed_id how <"$state/placed"
fi
finish "$how"
