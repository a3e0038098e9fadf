# shellcheck shell=sh
# What the set-up tells the person who waits: every line goes to stderr, stdout stays data.

say() {
  [ ! -t 2 ] || printf '\r\033[K' >&2
  printf '%s\n' "$*" >&2
}

# die MESSAGE: one line that says what is missing and what to do next.
die() {
  say "setup: $*"
  exit 1
}

# The process group that with_clock waits for; empty when there is none.
clock_job=

stop_clock_job() {
  # Without `--`, which not every shell's kill knows.
  [ -z "$clock_job" ] || kill -TERM "-$clock_job" 2>/dev/null || true
}

# tick LABEL SECONDS USUAL: what is under way and for how long: on a terminal in place, with what others are at beside
# it; a line every 15 s elsewhere.
tick() {
  if [ -t 2 ]; then
    printf '  %s … %d s (usually %s)' "$1" "$2" "$3" >"$clock_face.new"
    mv -f "$clock_face.new" "$clock_face"
    # Without line wrap: a line that is too long is cut off at the edge.
    printf '\r\033[K\033[?7l%s\033[?7h' "$(cat "$WORK"/clock.*[0-9] 2>/dev/null)" >&2
  elif [ $(($2 % 15)) -eq 0 ]; then
    say "  $1 … $2 s (usually $3)"
  fi
}

# with_clock LABEL USUAL COMMAND…: runs a command that takes long, its output in a log, with the time it has taken.
# Returns the command's status; when that is not 0, the log's end has been shown.
with_clock() {
  label=$1 usual=$2
  shift 2
  log=$CACHE/logs/$(printf '%s' "$label" | tr -cs '[:alnum:].\n' '-').log
  mkdir -p "$CACHE/logs"
  setsid "$@" >"$log" 2>&1 </dev/null 9>&- &
  clock_job=$!
  clock_face=$WORK/clock.$clock_job
  began=$(date +%s)
  while kill -0 "$clock_job" 2>/dev/null; do
    tick "$label" $(($(date +%s) - began)) "$usual"
    sleep 1
  done
  status=0
  wait "$clock_job" || status=$?
  clock_job=
  rm -f "$clock_face"
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ "$status" -eq 0 ]; then
    say "  $label: done in $(($(date +%s) - began)) s"
  else
    tail -n 15 "$log" >&2
    say "  $label: failed with status $status; all of its output: $log"
  fi
  return "$status"
}
