#!/bin/sh
# How a standby looks at its peer's Redis, inside the redis container; spoken to and answering as postgres-eyes.sh. Here
# `code` is the first word of the peer's error, such as NOAUTH or BUSY, and `words` the whole of it.
# redis-cli prints what a server replied to its standard output, and what is wrong with the connection to the other one.
set -u
export LC_ALL=C
bin=${UNDERSTUDY_BIN:-/understudy}
# The second is where a container of an earlier version has it.
password=$(cat "$bin/files/current/redis" 2>/dev/null || cat "$bin/secrets/redis") || { echo "error the password cannot be read"; exit 1; }

asks() { # SECONDS COMMAND: sets said and, where the time was up, late
  late=
  said=$(timeout "$1" redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" "$2" 2>/dev/null </dev/null)
  # 124 by coreutils and busybox, 143 by older busybox.
  case $? in 124 | 137 | 143) late=yes ;; esac
  said=$(printf '%s' "$said" | tr -d '\r' | head -n 1)
}

while read -r seconds; do
  REDISCLI_AUTH=$password
  export REDISCLI_AUTH
  asks "$seconds" role
  # A server that takes no more connections says so before the login, and closes: it is heard only by who sends none.
  if [ -z "$said" ] && [ -z "$late" ]; then
    unset REDISCLI_AUTH
    asks "$seconds" ping
  fi
  case $said in
    master) echo role=primary ;;
    slave) echo role=standby ;;
    '') echo sign=silent ;;
    *) printf 'sign=lives\ncode=%s\nwords=%s\n' "${said%% *}" "$said" ;;
  esac
  echo ok
done
