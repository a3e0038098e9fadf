#!/bin/sh
# redis-benchmark inside the redis container, on keys of its own: it has no rate, so it runs in bursts of 100 requests, ten a second
# at most, for SECONDS at most. A replica refuses them; after a swap the promoted server takes them. Ends with the first line on
# stdin, or with stdin.
set -u
job=$1 seconds=$2
burst=100
password=$(cat /understudy/files/current/redis)
export REDISCLI_AUTH="$password"
is_standby() { [ "$(redis-cli role | head -n 1)" != master ]; }

beside() {
  end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt "$end" ]; do
    if redis-benchmark -a "$password" -q -c 4 -n "$burst" -r 1000 SET understudy-bench:__rand_int__ __rand_int__ >/dev/null 2>&1; then
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
    redis-cli --scan --pattern 'understudy-bench:*' | xargs -r redis-cli unlink >/dev/null
    ;;
esac
