import { guardScript } from "../hosts/guard-script";

/** How long the order may take, milliseconds: a full copy of the old primary's data may lie in it. */
export const FETCHED_MS = 1_800_000;

/**
 * Makes the peer's Redis a replica of this one for good. Its writes are paused, and this replica gets a second to receive
 * everything; where it does not, or follows other data, the peer's data are fetched through its port into a salvage here
 * before, writes staying paused. Prints `kept NAME` then. Fails, and lets the peer's writes go on, where that is not
 * possible, or where the pause may have ended in between: by the time since the machine started, which no step of a clock
 * moves. A pause ends by itself after ten seconds, if anything here dies. Argument: the boot guard's folder.
 */
export const FENCE_REDIS = `set -u
umask 077
state=$1
bin=\${UNDERSTUDY_BIN-/understudy}
${guardScript("redis-login.sh")}
own() { ask_redis 3 "$@" | tr -d '\\r'; }
peer() { ask_redis 3 there "$@" | tr -d '\\r'; }
field() { printf '%s\\n' "$2" | sed -n "s/^$1:\\([^ ]*\\).*/\\1/p"; }
clock() { read -r now _ </proc/uptime; now=\${now%.*}\${now#*.}; } # hundredths of a second
fail() { peer CLIENT UNPAUSE >/dev/null; [ -z "\${partial:-}" ] || rm -rf "$partial"; echo "$*" >&2; exit 1; }
renew() { # a pause that is renewed before it ends has no gap
  clock
  [ -z "\${paused:-}" ] || [ "$((now - paused))" -lt 900 ] || return 1
  asked=$now
  [ "$(peer CLIENT PAUSE 10000 WRITE)" = OK ] || return 1
  paused=$asked
}
renew || fail "its writes could not be paused"
there=$(peer INFO replication)
sealed=$(field master_repl_offset "$there")
[ "$(field role "$there")" = master ] && [ -n "$sealed" ] || fail "it does not say where its replication is"
clock
end=$((now + 100))
equal=
while [ -z "$equal" ] && [ "$now" -lt "$end" ]; do
  here=$(own INFO replication)
  offset=$(field slave_repl_offset "$here")
  if [ "$(field master_replid "$here")" = "$(field master_replid "$there")" ] && [ "\${offset:--1}" -ge "$sealed" ] &&
    [ "$(field master_sync_in_progress "$here")" = 0 ]; then equal=yes; else sleep 0.01; fi
  clock
done
if [ -z "$equal" ]; then
  name=$(date -u +%Y%m%dT%H%M%SZ)-fence
  partial=$state/salvage/$name.partial
  memory=$(peer INFO memory | sed -n 's/^used_memory_dataset:\\([0-9]*\\).*/\\1/p')
  free=$(df -Pk "$state" | awk 'NR == 2 { print $4 }')
  [ -n "$memory" ] && [ "$((memory / 1024 + 65536))" -lt "\${free:-0}" ] ||
    fail "this replica has not everything, and there is no room to fetch it: \${memory:-an unknown number of} bytes, \${free:-unknown} KiB are free"
  renew && mkdir -p "$partial" || fail "this replica has not everything, and its pause could not be renewed"
  login='--user understudy_guard'
  REDISCLI_AUTH=$(taken_secret understudy_guard 3 there)
  [ -n "$REDISCLI_AUTH" ] && ! lets_not "$(redis_as understudy_guard 3 there ping)" ||
    { login= REDISCLI_AUTH=$(redis_secret redis); }
  export REDISCLI_AUTH
  timeout 600 redis-cli $login $(to_peer) --rdb "$partial/dump.rdb" >/dev/null 2>&1 </dev/null &
  copy=$!
  while kill -0 "$copy" 2>/dev/null; do
    sleep 1
    renew || { kill "$copy"; fail "this replica has not everything, and its pause could not be renewed while it was fetched"; }
  done
  wait "$copy" && redis-check-rdb "$partial/dump.rdb" >/dev/null 2>&1 ||
    fail "this replica has not everything, and it could not be fetched"
  sync -f "$partial" 2>/dev/null || sync
  mv "$partial" "$state/salvage/$name" && partial= || fail "what was fetched could not be kept"
  echo "kept $name"
fi
address=$(own CONFIG GET replica-announce-ip | sed -n 2p)
port=$(own CONFIG GET replica-announce-port | sed -n 2p)
[ -n "$address" ] && [ -n "$port" ] || fail "this server does not say where it is"
[ "$(peer CONFIG GET tls-replication | sed -n 2p)" != yes ] || port=\${UNDERSTUDY_PEER_TLS_PORT-$port}
renew || fail "the pause of its writes may have ended"
[ "$(peer REPLICAOF "$address" "$port")" = OK ] || fail "it was not made a replica"
clock
late=$((now - paused))
peer CONFIG REWRITE >/dev/null
peer CLIENT UNPAUSE >/dev/null
[ "$late" -lt 1000 ] || { echo "it was made a replica $late hundredths of a second after its writes were paused for ten seconds" >&2; exit 1; }
`;
