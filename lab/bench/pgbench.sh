#!/bin/sh
# pgbench inside the timescaledb container, in a database of its own, at RATE transactions a second for SECONDS at most.
# A standby's container waits; after a swap the promoted one begins. Ends with the first line on stdin, or with stdin.
set -u
job=$1 rate=$2 seconds=$3
database=understudy_bench
is_standby() { [ -e "$PGDATA/standby.signal" ]; }

beside() {
  end=$(($(date +%s) + seconds))
  while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
    is_standby || pgbench -n -c 4 -R "$rate" -T "$left" -P 1 "$database"
    sleep 0.2
  done
}

case $job in
  prepare)
    is_standby && exit 0
    dropdb --if-exists --force "$database" && createdb "$database" && pgbench -i -q -s 2 "$database"
    ;;
  run)
    beside &
    read -r _
    trap '' TERM
    kill -TERM 0
    ;;
  remove) is_standby || dropdb --if-exists --force "$database" ;;
esac
