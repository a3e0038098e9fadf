#!/bin/sh
# PID 1 of the backup container: takes the peer's backups in, receives the peer's write-ahead log, takes backups when
# they are due, tidies up and checks what lies here, and tells Prometheus.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
mkdir -p "$backup/status" "$run/www" "$backup/repository" "$backup/wal"
rm -rf "$backup/staging" "$backup/www" "$run"/*.lock
write_pgpass

[ -f "$backup/repository/$peer/config" ] || theirs init >/dev/null || say "the repository for $peer could not be made"
# A lock that a killed container left behind; nobody else is at work here yet.
theirs unlock >/dev/null 2>&1

children=
stop() { # shellcheck disable=SC2086 # a list of numbers
  [ -z "$children" ] || kill -TERM $children 2>/dev/null; exit 0; }
trap stop TERM INT

keep() { # WORDS…: runs a program again and again
  while :; do "$@"; sleep 1; done &
  children="$children $!"
}
keep serve_store
keep busybox httpd -f -p 9121 -h "$run/www"
keep sh "$bin/archive.sh"
# Beside the backups, which may take long.
tell() { sh "$bin/metrics.sh"; sleep 4; }
keep tell

# No attempt is remembered here, and the peer has backups of this host: it has lost its data, or this volume. What it has
# now must not become its newest backup by itself; somebody brings the data back, or says `understudy backup now`.
earlier=
lost() { # SERVICE
  [ "$1" != timescaledb ] || return 1
  [ -n "$earlier" ] || earlier=$(ours --no-lock snapshots --json 2>/dev/null)
  printf '%s' "$earlier" | grep -q "\"$1\"" || return 1
  case $told in *" $1 "*) ;; *) told="$told $1 "; say "$peer has backups of $1 of $host and none was taken here: none is taken before somebody asks for it" ;; esac
}
told=

due() { # SERVICE SECONDS
  name=$(host_of "$1").$1
  good=$(status_value "$name" good_at)
  at=$(status_value "$name" at)
  result=$(status_value "$name" result)
  again=$(cat "$backup/again" 2>/dev/null)
  # Of a clock that was wrong: what is taken now would be due again and again until then.
  [ "${again:-0}" -le "$(now)" ] || { again=$(now); printf '%s\n' "$again" | put "$backup/again"; }
  # A failed attempt leaves it due, however young the backup before it: until one succeeds no drill begins.
  [ "$result" = failed ] || [ "$(since "$good")" -ge "$2" ] || [ "${good:-0}" -lt "${again:-0}" ] || return 1
  [ -n "$good$at" ] || ! lost "$1" || return 1
  # It is repeated after a while, and sooner as long as there is no backup at all.
  [ "$result" != failed ] || [ "$(since "$at")" -ge "$(if [ -n "$good" ]; then echo 60; else echo 10; fi)" ]
}

while :; do
  if ! held; then
    for pair in $UNDERSTUDY_INTERVALS; do
      held && break
      due "${pair%=*}" "${pair#*=}" && sh "$bin/take.sh" "${pair%=*}" >/dev/null
    done
    # One batch at a time, so that nothing else waits for long.
    held || { log_due && sh "$bin/take.sh" log >/dev/null; }
    held || sh "$bin/tidy.sh"
  fi
  sleep 5 &
  wait $!
done
