#!/bin/sh
# What is written into the repository before it is seen to be whole has a tag of its own until then: nobody takes it for a
# backup, and the next tidying takes it away.
# shellcheck disable=SC2154 # where this is sourced they are set

# Only what was seen to be whole gets a name by which it counts.
name_backup() { # ID TAG…
  named=$1
  shift
  for one in "$@"; do
    shift
    set -- "$@" --set "$one"
  done
  turns=60
  # A round of tidying must not see it change.
  exec 7>"$run/tidying"
  flock 7
  until theirs tag --no-lock "$@" "$named" >"$run/$service.tag" 2>&1; do
    turns=$((turns - 1))
    if [ "$turns" -eq 0 ] || ! grep -q 'already locked' "$run/$service.tag"; then
      exec 7>&-
      fail "restic: the backup cannot be named: $(one_line <"$run/$service.tag")"
      return 1
    fi
    sleep 2
  done
  exec 7>&-
}

# Base backups, or batches of the log, that ended before they were seen to be whole.
remove_unconfirmed() { # TAG
  left=$(theirs --no-lock snapshots --json --tag "$1" 2>/dev/null | grep -o '"short_id":"[0-9a-f]*"' | cut -d '"' -f 4)
  [ -n "$left" ] || return 0
  theirs unlock >/dev/null 2>&1 # a lock of the process that was cut off would keep them
  for one in $left; do
    theirs forget "$one" >/dev/null 2>&1
  done
}
