#!/bin/sh
# Boot guard: PID 1 of the redis container. It asks the peer which role this host may take before it starts Redis: a
# former primary does not know what happened while it was away, and one that starts empty would wipe its replica.
# Role on disk: the `replicaof` line of $conf, kept by CONFIG REWRITE. Files in $state: init, paired, status, fenced,
# release as in the guard of timescaledb. What a former primary had is kept in salvage/NAME/; `saved` is the name of the
# one made last, until this host follows. See redis-identity.sh for the files that say whose the data are.
set -u
state=/data/understudy
conf=$state/redis.conf
bin=/understudy
files=$bin/files/current
umask 077
mkdir -p "$state"
# shellcheck source=configs/guard/redis-login.sh
. /understudy/login.sh
# shellcheck source=configs/guard/redis-identity.sh
. /understudy/identity.sh
# shellcheck source=configs/guard/redis-users.sh
. /understudy/users.sh
# shellcheck source=configs/guard/redis-encryption.sh
. /understudy/encryption.sh

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

become() {
  line=$*
  [ "$line" = "$(cat "$state/status" 2>/dev/null)" ] || say "$line"
  printf '%s\n' "$line" >"$state/status.new" && mv "$state/status.new" "$state/status"
}

# Sets peer (primary, standby, silent, or unclear: a server is there and does not say which), peer_master (whom a standby
# follows) and peer_keys.
ask_peer() {
  peer=silent peer_master='' peer_keys=0
  note_peer
  answer=$(ask_redis "$UNDERSTUDY_PEER_TIMEOUT" there info)
  code=$?
  answer=$(printf '%s\n' "$answer" | tr -d '\r')
  case $answer in
    *role:master*) peer=primary ;;
    *role:slave*) peer=standby ;;
    '')
      # A server that takes no more connections says so before the login: it is heard only by who sends none. What was
      # silent for the whole time (124; 143 by older busybox) is not asked again.
      case $code in
        124 | 137 | 143) ;;
        *) [ -z "$(knock_there "$UNDERSTUDY_PEER_TIMEOUT")" ] || peer=unclear ;;
      esac ;;
    *) peer=unclear ;;
  esac
  peer_master=$(printf '%s\n' "$answer" | sed -n 's/^master_host://p')
  peer_keys=$(printf '%s\n' "$answer" | awk -F '[=,]' '/^db[0-9]+:keys=/ { sum += $2 } END { print sum + 0 }')
}

# What is said of a peer that is unclear. It is alive, so no policy lets this host go on without it.
unclear="$UNDERSTUDY_PEER_HOST answers and does not say what it is: it takes no more connections, not this host's password, or is busy"

own_address() { sed -n 's/^replica-announce-ip *//p' "$files/redis.conf" | tr -d '"'; }

decide_empty() {
  case $(cat "$state/init" 2>/dev/null) in
    primary)
      if [ -n "$UNDERSTUDY_PEER_ADDRESS" ]; then
        ask_peer
        if [ "$peer" = unclear ]; then
          become held "empty, and $unclear; starts when it says that it has no keys, or does not answer any more"
          return 1
        fi
        if [ "$peer" != silent ] && [ "${peer_keys:-0}" -gt 0 ]; then
          become held "empty, and $UNDERSTUDY_PEER_HOST is $peer with $peer_keys keys; declare this host standby, then: understudy rejoin $UNDERSTUDY_HOST --execute"
          return 1
        fi
      fi
      may_start_as_primary || return 1
      role='' ;;
    standby)
      peer=''
      may_follow || return 1
      role=$(replicaof_line)
      : >"$state/paired" ;;
    *) become held "empty; the first 'pulumi up' of this stack says what it becomes; a host that lost its data comes back by: understudy rejoin $UNDERSTUDY_HOST --execute"; return 1 ;;
  esac
  rm -f "$state/init"
}

flush() { sync -f "$state" 2>/dev/null || sync; } # the volume's file system, on the disk

# Copies the data of a former primary; the copy has its name only when it is whole and on the disk.
save_data() {
  [ -f "$state/saved" ] && [ -d "$state/salvage/$(cat "$state/saved")" ] && return
  has_data || return 0
  rm -rf "$state"/salvage/*.partial
  name=$(date -u +%Y%m%dT%H%M%SZ)-boot
  while [ -e "$state/salvage/$name" ]; do name=$name-again; done # the clock may have been set back
  mkdir -p "$state/salvage/$name.partial" || return 1
  for kept in /data/appendonlydir /data/dump.rdb; do
    [ ! -e "$kept" ] || cp -r "$kept" "$state/salvage/$name.partial/" || return 1
  done
  flush
  mv "$state/salvage/$name.partial" "$state/salvage/$name" && printf '%s\n' "$name" >"$state/saved" && flush
}

# Used up, on the disk, before anything starts from it: no other boot has it, also after a loss of power.
take_release() {
  [ -f "$state/release" ] && mv -f "$state/release" "$state/release.taken" 2>/dev/null && rm -f "$state/release.taken" && flush
}

decide_former_primary() {
  role='' fence=
  may_start_as_primary || return 1
  [ -z "$begins" ] || { rm -f "$state/fenced"; return 0; }
  [ -f "$state/fenced" ] && { read -r fence <"$state/fenced" || :; fence="fenced by drill ${fence:-unknown}; "; }
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ -f "$state/paired" ] || [ -n "$fence" ] || return 0
  take_release && { rm -f "$state/fenced"; say "released by hand: starting as primary"; return 0; }
  release="or after: understudy release $UNDERSTUDY_HOST"
  ask_peer
  case $peer in
    silent)
      [ "$UNDERSTUDY_BOOT_POLICY" = resume ] && [ -z "$fence" ] && { say "the peer does not answer; policy is resume"; return 0; }
      become held "${fence}was primary, and $UNDERSTUDY_PEER_HOST does not answer; starts when it answers, $release"
      return 1 ;;
    unclear)
      become held "${fence}was primary, and $unclear; starts when it does, $release"
      return 1 ;;
    primary)
      may_follow || return 1
      if ! save_data; then
        become held "$UNDERSTUDY_PEER_HOST is primary, and what is here could not be saved before following it: is the disk full? It is tried again"
        return 1
      fi
      say "$UNDERSTUDY_PEER_HOST is primary: following it; what was here is saved in $state/salvage/$(cat "$state/saved" 2>/dev/null)"
      role=$(replicaof_line)
      return 0 ;;
    standby)
      if [ "$peer_master" != "$(own_address)" ]; then
        become held "$UNDERSTUDY_PEER_HOST follows $peer_master, not this host; starts when it follows this host or is promoted, $release"
        return 1
      fi
      if [ -n "$fence" ]; then
        become held "${fence}$UNDERSTUDY_PEER_HOST is still a standby; starts when it is promoted, $release"
        return 1
      fi
      has_data && return 0
      become held "was primary and has lost its data, and $UNDERSTUDY_PEER_HOST still has it; starts when $UNDERSTUDY_PEER_HOST is promoted, $release"
      return 1 ;;
  esac
}

# The roles were exchanged, and this host went down before its own was written into $conf: as two that follow each other
# none would take writes any more.
was_promoted() {
  [ "$role" = "$(replicaof_line)" ] && [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ ! -f "$state/fenced" ] || return 1
  has_data && [ ! -f "$state/lost" ] || return 1
  ask_peer
  [ "$peer" = standby ] && [ "$peer_master" = "$(own_address)" ] || return 1
  say "$UNDERSTUDY_PEER_HOST follows this host: it had been promoted"
}

# The peer's address or port may have been declared anew while both hosts were down: its standby follows it there.
follow_moved_peer() {
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ -f "$state/peer" ] && [ "$role" = "$(cat "$state/peer")" ] || return 0
  role=$(replicaof_line)
}

# As a mode changes, so does the port by which the peer is followed.
follow_by_its_way() { ! is_peer_line "$role" || role=$(replicaof_line); }

decide() {
  while [ -z "$stopping" ]; do
    if [ ! -f "$conf" ]; then
      decide_empty && return
    elif role=$(grep '^replicaof ' "$conf"); then
      follow_moved_peer
      follow_by_its_way
      peer=''
      ! was_promoted || { role=''; return; }
      [ "$role" = "$(replicaof_line)" ] || return 0
      may_follow && return
    elif decide_former_primary; then
      return
    fi
    sleep 0.5
  done
}

stopping=
server=
trap 'stopping=yes; [ -n "$server" ] && kill -TERM "$server" 2>/dev/null' TERM INT
become asking "the boot guard has not decided yet"
note_peer
until [ -n "$stopping" ] || can_read_data; do sleep 1; done
decide
[ -n "$stopping" ] && exit 0
[ -z "$role" ] || note_peer_knows "$(peer_knows)"
{
  printf 'include %s/redis.conf\n%s\n' "$files" "$role"
  follows_as
  encryption_lines
  if compose_users; then printf 'aclfile %s\n' "$users"; else users_without_file; fi
} >"$conf.new" && mv "$conf.new" "$conf"
[ -z "$UNDERSTUDY_PEER_ADDRESS" ] || replicaof_line >"$state/peer"
rm -f "$state/saved"
if [ -n "$role" ]; then
  rm -f "$state/fenced"
  become standby
else
  become primary
fi
# One that this boot had no need of is not kept for another one, nor one that came in the last moment.
rm -f "$state/release" "$state/release.taken"
started_as=$(cat "$state/status")
if [ "$started_as" = primary ]; then
  redis-server "$conf" --dir /data --repl-diskless-sync yes --repl-diskless-sync-delay 86400 &
else
  redis-server "$conf" --dir /data &
fi
server=$!
[ -z "$stopping" ] || kill -TERM "$server"
keep_identity $$ "$started_as" &
if [ -n "$UNDERSTUDY_PEER_ADDRESS" ]; then
  sh $bin/follow-record.sh redis "$state" $$ &
  sh $bin/own-users.sh watch $$ &
fi
sh $bin/prune-journal.sh redis "$state" $$ &
while :; do
  wait "$server"
  code=$?
  kill -0 "$server" 2>/dev/null || exit "$code"
  # A standby that writes its first file after a full copy takes no notice of a signal to stop: it is told again.
  while [ -n "$stopping" ] && sleep 0.5 && kill -TERM "$server" 2>/dev/null; do :; done
done
