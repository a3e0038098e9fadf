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

exec 9>"$run/$service.lock"
flock -n 9 || { say "a backup of $service of ${name%.*} is being taken already"; exit 75; }
printf '%s\n' "$$" >"$run/$service.pid"
if held; then say "a drill is under way: no backup is taken until it has ended"; exit 75; fi

repository() { if [ "$service" = timescaledb ]; then theirs "$@"; else ours "$@"; fi; }

size_of() { # of what restic reads, in bytes
  # shellcheck disable=SC2086 # several paths
  du -sbc $paths 2>/dev/null | awk 'END { print $1 }'
}

# restic waits long for a host that has gone, and says nothing: it is ended when that has been silent for this long.
SILENT_SECONDS=${UNDERSTUDY_SILENT_SECONDS:-45}

# Runs a restic backup, and sees that the peer that it goes to answers meanwhile. Sets code.
watched() {
  (exec='exec'; repository backup "$@") >"$run/$service.json" 2>"$run/$service.err" &
  worker=$!
  heard=$(uptime_seconds)
  turn=0
  while kill -0 "$worker" 2>/dev/null; do
    turn=$((turn + 1))
    if [ "$service" = timescaledb ] || [ "$((turn % 20))" -ne 0 ] || peer_says >/dev/null 2>&1; then
      [ "$((turn % 20))" -ne 0 ] || heard=$(uptime_seconds)
    elif [ "$(($(uptime_seconds) - heard))" -ge "$SILENT_SECONDS" ]; then
      kill -TERM "$worker" 2>/dev/null
      wait "$worker" 2>/dev/null
      printf '%s has not answered for %s s in the middle of the backup: given up\n' "$peer" "$SILENT_SECONDS" >>"$run/$service.err"
      code=1
      return
    fi
    sleep 0.25
  done
  wait "$worker"
  code=$?
}

take() {
  paths='' tags='' options=''
  rm -rf "$staging"
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
    *) fail "there is no service $service" ;;
  esac || return 1
  bytes=$(size_of)
  set --
  for one in $service $tags "bytes:$bytes" "begun:$began"; do set -- "$@" --tag "$one"; done
  turns=5
  while :; do
    # shellcheck disable=SC2086 # several paths and options
    watched --json --host "$(host_of "$service")" "$@" $options $paths
    [ "$code" -ne 0 ] || break
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
  snapshot=$(sed -n 's/.*"snapshot_id":"\([^"]*\)".*/\1/p' "$run/$service.json" | tail -n 1)
  added=$(sed -n 's/.*"data_added":\([0-9]*\).*/\1/p' "$run/$service.json" | tail -n 1)
}

tidy() {
  rm -rf "$staging"
  [ "$service" != prometheus ] || rm -rf /services/prometheus/snapshots/understudy
}

mkdir -p "$backup/status" 2>/dev/null
began=$(now) began_up=$(uptime_seconds)
worker=
trap '[ -z "$worker" ] || kill -TERM "$worker" 2>/dev/null; tidy; exit 75' TERM INT
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
