#!/bin/sh
# Health check of the redis container: a held server says why.
bin=/understudy
# shellcheck source=configs/guard/redis-login.sh
. $bin/login.sh
read -r status </data/understudy/status || status="held the boot guard has not spoken yet"
case $status in
  primary* | standby*)
    [ "$(ask_redis 2 ping)" = PONG ] || { echo "no answer to PING"; exit 1; }
    ;;
  *) printf '%s\n' "$status"; exit 1 ;;
esac
