#!/bin/sh
# redis-benchmark inside the redis container, on keys of its own: it has no rate, so it runs in bursts of 100 requests, ten a second
# at most, for SECONDS at most. A replica refuses them; after a swap the promoted server takes them. Ends with the first line on
# stdin, or with stdin. Where Redis encrypts it has a socket for who is in its container, and perhaps no plain port.
set -u
job=$1 seconds=$2
burst=100
password=$(cat /understudy/files/current/redis)
export REDISCLI_AUTH="$password"
server=/data/understudy/server.sock
# As words of their own for both programs: none, or the socket.
at() { [ ! -S "$server" ] || echo "-s $server"; }
# shellcheck disable=SC2046 # two words, or none
is_standby() { [ "$(redis-cli $(at) role | head -n 1)" != master ]; }

beside() {
  end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt "$end" ]; do
    # shellcheck disable=SC2046 # two words, or none
    if redis-benchmark $(at) -a "$password" -q -c 4 -n "$burst" -r 1000 SET understudy-bench:__rand_int__ __rand_int__ >/dev/null 2>&1; then
      echo "requests=$burst"
      sleep 0.1
    else
      sleep 0.2
    fi
  done
}

case $job in
  run)
    beside &
    read -r _
    trap '' TERM
    kill -TERM 0
    ;;
  remove)
    is_standby && exit 0
    # shellcheck disable=SC2046 # two words, or none
    redis-cli $(at) --scan --pattern 'understudy-bench:*' | xargs -r redis-cli $(at) unlink >/dev/null
    ;;
esac
