# shellcheck shell=sh disable=SC2154 # names are shared with redis-guard.sh and redis-own-users.sh
# How the redis container encrypts. In $files:
#   encryption   accepted, used or required, as settings/encryption.ts says; nothing is encrypted without it
#   server.*, guard-client.*, replication-client.*, ca.crt   certificates with their keys, and whom this host believes
# In $state:
#   encryption   MODE on|off CHECKSUM WHY: what the server was told, of which files, and why not otherwise
#   plain-peer   the peer was not seen to encrypt yet: what asks it, and follows it, may still do so plain
#   peer-way     tls or plain: how it is asked and followed now
#   server.sock  the server's own socket: what runs in this container goes there, whatever is encrypted
# The port inside the container; another one where several servers share a machine.
tls_inside=${UNDERSTUDY_TLS_INSIDE:-6380}
plain_inside=$(sed -n 's/^port *//p' "$files/redis.conf" 2>/dev/null)

encryption_mode() { # sets mode
  mode=plain
  [ ! -f "$files/encryption" ] || read -r mode <"$files/encryption" || :
  case $mode in accepted | used | required) ;; *) mode=plain ;; esac
  # A container that was made plain has no port for it, and is about to be replaced.
  [ -n "${UNDERSTUDY_PEER_TLS_PORT:-}" ] || mode=plain
}

hears() { # WORDS: whether a server says anything to somebody who sends no login
  [ -n "$(timeout "$UNDERSTUDY_PEER_TIMEOUT" redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" "$@" ping 2>/dev/null </dev/null)" ]
}

# Whether the peer answers at its port for encrypted connections. No certificate is checked, and no password is sent.
peer_speaks_tls() { hears -p "$UNDERSTUDY_PEER_TLS_PORT" --tls --insecure; }

# A host that has been plain goes on so until its peer was seen to encrypt, and never again from then on. A host that never
# was has no such time. One whose own sessions are still plain encrypts them where the peer lets nobody in otherwise.
note_peer() {
  encryption_mode
  way=plain
  if [ "$mode" = plain ]; then
    rm -f "$state/plain-peer" "$state/peer-way" "$state/encryption" "$state/server.sock"
    return 0
  fi
  if [ ! -f "$state/encryption" ]; then
    [ ! -f "$conf" ] || : >"$state/plain-peer"
    printf '%s off - not asked yet\n' "$mode" >"$state/encryption"
  fi
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] || return 0
  if [ "$mode" = accepted ]; then
    [ -f "$state/plain-peer" ] || : >"$state/plain-peer"
    hears -p "$UNDERSTUDY_PEER_PORT" || ! peer_speaks_tls || way=tls
  else
    [ ! -f "$state/plain-peer" ] || ! peer_speaks_tls || rm -f "$state/plain-peer"
    [ -f "$state/plain-peer" ] || way=tls
  fi
  [ "$way" = "$(cat "$state/peer-way" 2>/dev/null)" ] ||
    { printf '%s\n' "$way" >"$state/peer-way.$$" && mv "$state/peer-way.$$" "$state/peer-way"; }
}

# Where this host follows its peer. Until encryption works here, a peer that is to be followed encrypted is not followed plain.
replicaof_line() {
  peer_port=$UNDERSTUDY_PEER_PORT
  [ "$(peer_way)" != tls ] || peer_port=$UNDERSTUDY_PEER_TLS_PORT
  printf 'replicaof %s %s' "$UNDERSTUDY_PEER_ADDRESS" "$peer_port"
}

is_peer_line() { # LINE: it follows the peer, by whichever port
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] || return 1
  case $1 in
    "replicaof $UNDERSTUDY_PEER_ADDRESS $UNDERSTUDY_PEER_PORT" | \
      "replicaof $UNDERSTUDY_PEER_ADDRESS ${UNDERSTUDY_PEER_TLS_PORT:-none}") ;;
    *) return 1 ;;
  esac
}

# Whoever comes plain is refused only once the peer was seen to encrypt: it could not follow, or be asked, otherwise.
refuses_plain() {
  [ "$mode" = required ] && { [ -z "$UNDERSTUDY_PEER_ADDRESS" ] || [ ! -f "$state/plain-peer" ]; }
}

certificate_settings() { # one a line: as a configuration has them, and as CONFIG SET takes them
  printf 'tls-%s\n' "cert-file $files/server.crt" "key-file $files/server.key" "ca-cert-file $files/ca.crt" \
    "client-cert-file $files/replication-client.crt" "client-key-file $files/replication-client.key" \
    'auth-clients optional' 'protocols "TLSv1.2 TLSv1.3"'
}

# Whether Redis takes the certificates, their keys and the CAs: a server of its own, without data and without a port, loads
# them and answers, or has ended at once. A server that starts with files that it cannot take ends; so it is asked before.
takes_certificates() { # sets why
  why='no room to ask Redis'
  room=$state/tls.try.$$
  log=$room/log
  rm -rf "$room" && mkdir "$room" || return 1
  { printf 'port 0\nsave ""\nappendonly no\nunixsocket %s/s\ndir %s\ntls-replication yes\n' "$room" "$room" && certificate_settings; } >"$room/conf"
  redis-server "$room/conf" >"$log" 2>&1 &
  trial=$!
  turns=0
  answered=
  while kill -0 "$trial" 2>/dev/null && [ "$turns" -lt 200 ] && [ -z "$answered" ]; do
    answered=$(timeout 2 redis-cli -s "$room/s" ping 2>/dev/null </dev/null)
    turns=$((turns + 1))
    [ -n "$answered" ] || sleep 0.05
  done
  kill -KILL "$trial" 2>/dev/null
  wait "$trial" 2>/dev/null
  why=$(sed -n 's/^[^#]*# \(.*[Ff]ailed.*\)/\1/p' "$log" | head -n 1)
  : "${why:=it did not answer}"
  rm -rf "$room"
  [ -n "$answered" ]
}

certificates_sum() {
  cat "$files/server.crt" "$files/server.key" "$files/ca.crt" "$files/replication-client.crt" \
    "$files/replication-client.key" 2>/dev/null | cksum | tr ' ' -
}

note_encryption() { # on or off, WHY
  [ -z "$2" ] || say "encryption of Redis is $1: $2"
  printf '%s %s %s %s\n' "$mode" "$1" "$(certificates_sum)" "$2" >"$state/encryption.$$" &&
    mv "$state/encryption.$$" "$state/encryption"
}

# Lines for the configuration with which the server starts.
encryption_lines() {
  encryption_mode
  [ "$mode" != plain ] || return 0
  printf 'unixsocket %s\nunixsocketperm 700\n' "$state/server.sock"
  ! refuses_plain || echo 'port 0'
  if takes_certificates; then
    printf 'tls-port %s\n' "$tls_inside"
    certificate_settings
    [ "$(peer_way)" != tls ] || echo 'tls-replication yes'
    note_encryption on ''
  else
    note_encryption off "$why"
  fi
}

own_values() { ask_redis 5 config get "$@" | tr -d '\r'; }
value_of() { printf '%s\n' "$settings" | sed -n "/^$1\$/{n;p;q;}"; } # NAME, of $settings

set_own() { # NAME VALUE…
  said=$(ask_redis 5 config set "$@")
  [ "$said" = OK ]
}

# Has the server that runs read its certificates; sessions go on. It keeps what it has when they are no good.
read_certificates() {
  encryption_mode
  [ "$mode" != plain ] || return 0
  settings=$(own_values tls-port)
  [ -n "$(value_of tls-port)" ] || return 0 # it does not run, and reads them when it starts
  if takes_certificates && set_own tls-cert-file "$files/server.crt" tls-key-file "$files/server.key" \
    tls-ca-cert-file "$files/ca.crt" tls-client-cert-file "$files/replication-client.crt" \
    tls-client-key-file "$files/replication-client.key" tls-auth-clients optional tls-protocols 'TLSv1.2 TLSv1.3' &&
    set_own tls-port "$tls_inside"; then
    note_encryption on ''
  elif [ "$(value_of tls-port)" != 0 ]; then
    note_encryption on "the certificates were not taken, those of before stay until the next start: $why"
  else
    note_encryption off "$why"
  fi
}

# A standby goes on by the other port. It may be promoted in that moment: what it was is asked in the same transaction, and
# one that was a primary is one again at once.
follow_by() { # PORT
  # shellcheck disable=SC2034
  was=$(lines=$(printf 'multi\nrole\nreplicaof %s %s\nexec' "$UNDERSTUDY_PEER_ADDRESS" "$1") && ask_redis 5 | tr -d '\r')
  if printf '%s\n' "$was" | grep -qx master; then
    ask_redis 5 replicaof no one >/dev/null
    return 0
  fi
  printf '%s\n' "$was" | grep -qx slave || return 0
  say "follows $UNDERSTUDY_PEER_HOST by port $1"
  replicaof_line >"$state/peer"
  ask_redis 5 config rewrite >/dev/null
}

# Holds the server that runs to the mode: how it follows, by which port, and whether it listens plain.
hold_server() {
  settings=$(own_values port tls-port tls-replication)
  [ -n "$settings" ] || return 0
  listens=$plain_inside
  ! refuses_plain || listens=0
  # One that does not encrypt takes whoever it took when it started.
  [ "$(value_of port)" = "$listens" ] || { [ "$listens" = 0 ] && [ "$(value_of tls-port)" = 0 ]; } || set_own port "$listens" || :
  [ "$(value_of tls-port)" != 0 ] || return 0
  encrypted=no
  [ "$(peer_way)" != tls ] || encrypted=yes
  [ "$(value_of tls-replication)" = "$encrypted" ] || set_own tls-replication "$encrypted" || return 0
  info=$(ask_redis 5 info replication | tr -d '\r')
  follows="replicaof $(printf '%s\n' "$info" | sed -n 's/^master_host://p') $(printf '%s\n' "$info" | sed -n 's/^master_port://p')"
  if [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && is_peer_line "$follows" && [ "$follows" != "$(replicaof_line)" ]; then
    follow_by "$(replicaof_line | cut -d ' ' -f 3)"
  fi
}

# One turn of what watches, beside the server that runs.
encryption_turn() {
  encryption_mode
  [ "$mode" != plain ] || return 0
  note_peer
  hold_server
}
