#!/bin/sh
# take.sh SERVICE: takes one backup now, and notes how it ended. Exit 0 taken, 1 failed, 75 not now.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
service=$1
name=$(host_of "$service").$service
staging=$backup/staging/$service
why=$run/$service.why
# shellcheck source=configs/backup/prepare.sh
. "$bin/prepare.sh"
# shellcheck source=configs/backup/confirm.sh
. "$bin/confirm.sh"
# shellcheck source=configs/backup/base.sh
. "$bin/base.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
# shellcheck source=configs/backup/batch.sh
. "$bin/batch.sh"

exec 9>"$run/$service.lock"
flock -n 9 || { say "a backup of $service of ${name%.*} is being taken already"; exit 75; }
printf '%s\n' "$$" >"$run/$service.pid"
if held; then say "a drill is under way: no backup is taken until it has ended"; exit 75; fi
# The log that belongs to a base backup that is being taken stays where it is.
if [ "$service" = log ]; then
  flock -n "$run/timescaledb.lock" true && [ -n "$(log_line)" ] && [ -n "$(closed_log 0)" ] || exit 75
fi

repository() { if pulled "$service"; then theirs "$@"; else ours "$@"; fi; }

size_of() { # of what restic reads, in bytes
  # shellcheck disable=SC2086 # several paths
  du -sbc $paths 2>/dev/null | awk 'END { print $1 }'
}

# restic waits long for a host that has gone, and says nothing: it is ended when that has been silent for this long.
SILENT_SECONDS=${UNDERSTUDY_SILENT_SECONDS:-45}
input=/dev/null

# restic takes its lock away when it is interrupted, and leaves it there for half an hour when it is ended otherwise.
end_restic() {
  [ -n "$worker" ] || return 0
  kill -INT "$worker" 2>/dev/null
  patience=20
  while kill -0 "$worker" 2>/dev/null && [ "$patience" -gt 0 ]; do
    patience=$((patience - 1))
    sleep 0.25
  done
  kill -KILL "$worker" 2>/dev/null
  wait "$worker" 2>/dev/null
  worker=
}

give_up() { # WHY
  end_restic
  [ -z "$1" ] || printf '%s\n' "$1" >>"$run/$service.err"
  code=1
}

# Runs a restic backup, and sees that the place that it goes to answers meanwhile and has room. Sets code.
watched() {
  (exec='exec'; repository backup "$@") <"$input" >"$run/$service.json" 2>"$run/$service.err" &
  worker=$!
  heard=$(uptime_seconds)
  turn=0
  while kill -0 "$worker" 2>/dev/null; do
    turn=$((turn + 1))
    if [ -e "$run/$service.failed" ]; then
      give_up ''
      return
    fi
    if [ "$((turn % 20))" -eq 0 ]; then
      if room=$(has_room "$service"); then heard=$(uptime_seconds); fi
      case $room in
        "no room"*)
          give_up "${room%%; *}: given up in the middle of the backup"
          return
          ;;
      esac
    fi
    if [ "$(($(uptime_seconds) - heard))" -ge "$SILENT_SECONDS" ] && ! peer_says >/dev/null 2>&1; then
      give_up "$peer has not answered for $SILENT_SECONDS s in the middle of the backup: given up"
      return
    fi
    sleep 0.25
  done
  wait "$worker"
  code=$?
  worker=
}

summary() { # KEY of what restic says at its end
  sed -n "s/.*\"$1\":\"\{0,1\}\([0-9a-f]*\).*/\1/p" "$run/$service.json" | tail -n 1
}

store_once() {
  if [ -n "$streamed" ]; then stream_base; return; fi
  # shellcheck disable=SC2086 # several paths and options
  watched --json --host "$owner" "$@" $options $paths
}

take() {
  paths='' tags='' options='' streamed='' confirm='' owner=${name%.*}
  rm -rf "$staging" "$staging.look"
  rm -f "$run/$service.failed"
  : >"$why"
  has_room "$service" >>"$why" || return 1
  mkdir -p "$backup/staging" 2>>"$why" || return 1
  case $service in
    redis) prepare_redis ;;
    prometheus) prepare_prometheus ;;
    alertmanager) prepare_alertmanager ;;
    loki) prepare_loki ;;
    tempo) prepare_tempo ;;
    grafana) prepare_grafana ;;
    timescaledb) prepare_timescaledb ;;
    log) prepare_log ;;
    *) fail "there is no service $service" ;;
  esac || return 1
  set --
  [ -n "$streamed" ] || bytes=$(size_of)
  if [ -n "$confirm" ]; then
    set -- --tag "unconfirmed-$service"
  else
    for one in $service $tags "bytes:$bytes" "begun:$began"; do set -- "$@" --tag "$one"; done
  fi
  turns=5
  while :; do
    store_once "$@"
    [ "$code" -ne 0 ] || break
    [ ! -e "$run/$service.failed" ] || return 1
    turns=$((turns - 1))
    # 3: a file went away while it was read; a repository that is being tidied up is locked for a moment.
    if [ "$turns" -gt 0 ] && { [ "$code" -eq 3 ] || grep -q 'already locked' "$run/$service.err"; }; then sleep 2; continue; fi
    said="restic: $(grep -v '^using \|^Load' "$run/$service.err" | one_line)"
    # The room that there was before may be gone: then that is the reason, and restic's words come after it.
    room=$(has_room "$service") && room="$where has room"
    case $room in
      "no room"*) fail "${room%%; *}; $said" ;;
      *" has room") fail "$said ($room)" ;;
      *) fail "$said" ;;
    esac
    return 1
  done
  snapshot=$(summary snapshot_id)
  added=$(summary data_added)
  [ -z "$confirm" ] || $confirm
}

tidy() {
  rm -rf "$staging" "$staging.look"
  [ "$service" != prometheus ] || rm -rf /services/prometheus/snapshots/understudy
}

mkdir -p "$backup/status" 2>/dev/null
began=$(now) began_up=$(uptime_seconds)
worker='' writer='' asker=''
trap 'end_restic; [ "$service" != timescaledb ] || end_base; tidy; exit 75' TERM INT
if take; then
  tidy
  printf '%s\n' "result=ok" "at=$(now)" "seconds=$(($(uptime_seconds) - began_up))" "good_at=$began" "snapshot=$snapshot" "bytes=$bytes" "added=${added:-0}" |
    note_status "$name"
  cat "$(status_file "$name")"
  exit 0
fi
tidy
reason=$(one_line <"$why")
good_at=$(status_value "$name" good_at)
{
  printf '%s\n' "result=failed" "at=$(now)" "seconds=$(($(uptime_seconds) - began_up))" "reason=$reason"
  [ -z "$good_at" ] || printf 'good_at=%s\n' "$good_at"
} | note_status "$name"
say "backup of $service of ${name%.*} failed: $reason"
exit 1
