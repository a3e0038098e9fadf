#!/bin/sh
# Retention and integrity of what lies here of the peer. Does nothing before it is due.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
# shellcheck source=configs/backup/confirm.sh
. "$bin/confirm.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
name=$peer.repository
done_at=$(status_value "$name" at)
# A round that failed is repeated sooner: a drill is refused until one has gone well.
if [ "$(status_value "$name" result)" = failed ]; then pause=600; else pause=$UNDERSTUDY_TIDY_SECONDS; fi
[ "$(since "$done_at")" -ge "$pause" ] || exit 0
[ "$(since "$(cat "$run/tidy.busy" 2>/dev/null)")" -ge 60 ] || exit 0
[ -f "$backup/repository/$peer/config" ] || exit 0
began=$(now) began_up=$(uptime_seconds)
result=ok reason=

# A backup is being written, or one was cut off less than half an hour ago: nothing is wrong with what lies here.
unless_busy() {
  ! grep -q 'already locked' "$run/tidy" || { now >"$run/tidy.busy"; exit 0; }
}

tell() { result=failed reason=$(printf '%s' "$1" | one_line); say "repository of $peer: $reason"; }

# restic counts what is young enough from the newest snapshot on, whatever the clock says: beside one of the future all
# others would be old.
future() {
  theirs snapshots --json --no-lock --host "$peer" 2>/dev/null | grep -o '"time":"[^"]*"' | cut -d '"' -f 4 |
    awk -v limit="$(date -u -d "@$(($(now) + 60))" +%Y-%m-%dT%H:%M:%S)" 'substr($0, 1, 19) > limit { print; exit }'
}

# The first position that any base backup needs; nothing where there is none. File names sort by position when the
# timeline is left out.
first_needed() {
  theirs snapshots --json --no-lock --tag timescaledb 2>/dev/null | grep -o '"wal:[0-9A-F]*"' | cut -c 14-29 | sort | head -n 1
}

# Batches of the log that end before that, all in one call; of a log that was set aside, those of which the folder is gone
# and that are old themselves. Their room is free with the pruning that follows.
forget_log() {
  line=$(log_line)
  [ -n "$line" ] && log_batches >"$run/tidy.batches" || return 0
  # shellcheck disable=SC2046 # names, at most so many
  set -- $(awk -v line="$line" -v first="$(first_needed)" -v aside="$(cat "$wal".until-*/line 2>/dev/null)" \
    -v limit="$(date -u -d "@$(($(now) - 86400 * UNDERSTUDY_KEEP_DAYS))" +%Y-%m-%dT%H:%M:%S)" \
    '$1 "" == line ? first != "" && $3 "" < first : !index(aside, $1) && substr($6, 1, 19) < limit { print $5 }' "$run/tidy.batches" | head -n 5000)
  [ $# -eq 0 ] || theirs forget "$@" >"$run/tidy" 2>&1 || {
    unless_busy
    tell "$(tail -n 3 "$run/tidy")"
  }
}

prune() {
  late=$(future)
  if [ -n "$late" ]; then
    reason="no backup is pruned: one has the time $late, which is in the future: a clock is, or was, wrong"
    say "repository of $peer: $reason"
    return
  fi
  forget_log
  # Base backups are one series, by whatever path a version, or tablespaces, have stored them.
  forget_old --tag timescaledb --group-by host
  forget_old --group-by host,paths --prune
}

forget_old() {
  theirs forget --host "$peer" --keep-last "$UNDERSTUDY_KEEP_LAST" --keep-within "${UNDERSTUDY_KEEP_DAYS}d" "$@" >"$run/tidy" 2>&1 || {
    unless_busy
    tell "$(tail -n 3 "$run/tidy")"
  }
}

theirs unlock >/dev/null 2>&1 # locks of processes that are gone
# A base backup or a batch that was cut off before it was seen to be whole; one that is being taken is left alone.
exec 9>>"$run/timescaledb.lock"
if flock -n 9; then remove_unconfirmed unconfirmed; fi
exec 9>>"$run/log.lock" 7>"$run/tidying"
if flock -n 9; then remove_unconfirmed unconfirmed-log; fi
exec 9>&-
flock 7
prune
exec 7>&-
[ "$result" = failed ] || theirs check --read-data >"$run/tidy" 2>&1 || {
  unless_busy
  tell "$(grep -v '^\(using\|create\|load\|Load\|check\|\[\)' "$run/tidy")"
}

# Write-ahead log that no base backup needs any more.
first=$(first_needed)
if [ -n "$first" ]; then
  find "$backup/wal/$peer" -maxdepth 1 -type f -printf '%f\n' |
    awk -v first="$first" '/^[0-9A-F]+$/ && substr($0, 9, 16) < first' | (cd "$backup/wal/$peer" && xargs rm -f --)
fi
find "$backup/wal" -maxdepth 1 -name "*.until-*" -mtime "+$UNDERSTUDY_KEEP_DAYS" -exec rm -rf {} +
printf '%s\n' "result=$result" "at=$(now)" "seconds=$(($(uptime_seconds) - began_up))" "good_at=$(if [ $result = ok ]; then echo "$began"; else status_value "$name" good_at; fi)" "reason=$reason" |
  note_status "$name"
