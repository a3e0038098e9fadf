# shellcheck shell=sh
# One row of parts beside another: what waits for the network or one core, beside a long build.

# The process that works on the other row; empty when there is none.
side_job=

# beside FUNCTION…: does these one after the other, beside what the caller does next. When one of them fails the caller
# is ended too, at once, with status 1.
beside() {
  (
    trap end_of_side EXIT
    trap 'exit 143' TERM
    side_job=
    for part in "$@"; do "$part"; done
  ) &
  side_job=$!
}

end_of_side() {
  status=$?
  trap - EXIT
  stop_clock_job
  if [ "$status" -ne 0 ] && [ "$status" -ne 143 ]; then
    : >"$WORK/side-failed"
    kill -TERM "$$"
  fi
  exit "$status"
}

# Waits until the other row is done.
join_side() {
  [ -z "$side_job" ] || wait "$side_job" || exit 1
  side_job=
}

# For an early end: stops the other row, and waits until it has stopped.
stop_side() {
  [ -n "$side_job" ] || return 0
  kill -TERM "$side_job" 2>/dev/null || true
  wait "$side_job" 2>/dev/null || true
  side_job=
}

# What a TERM means: 1 when the other row has said why, else 143.
end_on_term() {
  [ ! -e "$WORK/side-failed" ] || exit 1
  exit 143
}
