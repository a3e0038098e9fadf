#!/bin/sh
# Health check of the redis container: a held server says why.
read -r status </data/understudy/status || status="held the boot guard has not spoken yet"
case $status in
  primary* | standby*)
    [ "$(REDISCLI_AUTH=$(cat /understudy/files/current/redis) timeout 2 redis-cli ping 2>/dev/null)" = PONG ] || { echo "no answer to PING"; exit 1; }
    ;;
  *) printf '%s\n' "$status"; exit 1 ;;
esac
