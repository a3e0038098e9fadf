#!/bin/sh
# Health check of the timescaledb container: a held server says why.
state=${PGDATA%/*}/understudy
read -r status <"$state/status" || status="held the boot guard has not spoken yet"
case $status in
  primary* | standby*) exec pg_isready -q -h /var/run/postgresql -d understudy ;;
  *) printf '%s\n' "$status"; exit 1 ;;
esac
