#!/bin/sh
# How a standby looks at its peer's Redis, inside the redis container; spoken to and answering as postgres-eyes.sh. Here
# `code` is the first word of the peer's error, such as NOAUTH or BUSY, and `words` the whole of it.
# It is given to the shell behind redis-login.sh, from this version: the container may be older.
# shellcheck disable=SC2034,SC2154
set -u
export LC_ALL=C
bin=${UNDERSTUDY_BIN:-/understudy}
[ -n "$(redis_secret redis)" ] || { echo "error the password cannot be read"; exit 1; }

asks() { # FUNCTION: sets said and, where the time was up, late
  late=
  said=$("$@")
  # 124 by coreutils and busybox, 143 by older busybox.
  case $? in 124 | 137 | 143) late=yes ;; esac
  said=$(printf '%s' "$said" | tr -d '\r' | head -n 1)
}

role_of_peer() { ask_redis "$seconds" there role; }
knock() { knock_there "$seconds"; }

while read -r seconds; do
  asks role_of_peer
  # A server that takes no more connections says so before the login, and closes: it is heard only by who sends none.
  if [ -z "$said" ] && [ -z "$late" ]; then asks knock; fi
  case $said in
    master) echo role=primary ;;
    slave) echo role=standby ;;
    '') echo sign=silent ;;
    *) printf 'sign=lives\ncode=%s\nwords=%s\n' "${said%% *}" "$said" ;;
  esac
  echo ok
done
