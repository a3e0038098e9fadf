#!/bin/sh
# One batch of the peer's write-ahead log goes into the repository. Only what was read back from there, byte for byte,
# is removed from the folder: whenever this ends, every file lies in at least one of the two.
# shellcheck disable=SC2034,SC2154 # take.sh sets and uses them

# The folder is kept by its place, not its name: a log that is set aside meanwhile takes its files along.
prepare_log() {
  cd "$wal" 2>>"$why" && wal=. || return 1
  line=$(log_line)
  room=$(($(free_bytes) - UNDERSTUDY_MIN_FREE_BYTES))
  [ "$room" -lt "$LOG_MOST_BYTES" ] || room=$LOG_MOST_BYTES
  closed_log "$room" >"$run/log.closed"
  # Links, not copies; history files stay in the folder too, since every restore wants them.
  mkdir -p "$staging" &&
    { cut -d ' ' -f 1 "$run/log.closed"; find . -maxdepth 1 -type f -name '*.history' -printf '%f\n'; } |
    xargs -r ln -t "$staging" -- 2>>"$why" || return 1
  staged_log >"$run/log.staged"
  [ "$(awk 'length($1) == 24 || /partial/' "$run/log.staged" | wc -l)" = "$(wc -l <"$run/log.closed")" ] ||
    fail "the log of $peer changed while it was read" || return 1
  tags="log line:$line $(describe_log <"$run/log.closed")"
  paths=$staging owner=$peer.wal confirm=confirm_log
}

staged_log() { find "$staging" -maxdepth 1 -type f -printf '%f %s\n' | sort; }

# Tags that say which files these are; runs of them on one timeline.
describe_log() {
  awk '
    function number(text, i, sum) {
      for (i = 1; i <= length(text); i++) sum = sum * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
      return sum
    }
    function close_run() { if (first != "") print "files:" first (last == first ? "" : ".." last) }
    {
      name = $1 ""; position = substr(name, 9, 16)
      place = number(substr(name, 9, 8)) * (4294967296 / $2) + number(substr(name, 17, 8))
      if (NR == 1) from = position
      bytes += $2
      if (name ~ /partial$/ || last ~ /partial$/ || substr(name, 1, 8) != substr(last, 1, 8) || place != before + 1) {
        close_run()
        first = name
      }
      last = name; before = place; size = $2
    }
    END { close_run(); printf "from:%s\nto:%s\nsegment:%d\nbytes:%.0f\n", from, position, size, bytes }'
}

# What the repository gives back is compared with what was put in: names, sizes, and every byte in their order.
seen_whole() { # SNAPSHOT
  rm -f "$run/log.read"
  { theirs --no-lock dump --archive tar "$1" "$staging" 2>"$run/log.dump" && : >"$run/log.read"; } |
    tar -xvvOf - 2>"$run/log.listed" | sha256sum >"$run/log.sum"
  [ -e "$run/log.read" ] || fail "the log cannot be read back from the repository: $({ cat "$run/log.dump"; tail -n 1 "$run/log.listed"; } | one_line)" || return 1
  awk '{ name = $NF; sub(".*/", "", name); print name, $3 }' "$run/log.listed" | sort >"$run/log.held"
  put_in=$(cd "$staging" && cut -d ' ' -f 1 "$run/log.staged" | xargs cat -- | sha256sum)
  { cmp -s "$run/log.held" "$run/log.staged" && [ "$(cat "$run/log.sum")" = "$put_in" ]; } ||
    fail "the repository does not hold the log that was put into it: nothing was removed"
}

confirm_log() {
  id=$(summary snapshot_id)
  if [ -z "$id" ] || ! seen_whole "$id"; then
    remove_unconfirmed unconfirmed-log
    return 1
  fi
  # shellcheck disable=SC2086 # several tags
  if ! name_backup "$id" $tags "begun:$began"; then
    remove_unconfirmed unconfirmed-log
    return 1
  fi
  # Whoever looks for these files goes by what the repository tells of them.
  theirs --no-lock snapshots --json --tag "log,begun:$began" >"$run/log.json" 2>"$run/log.dump"
  cut -d ' ' -f 1 "$run/log.closed" | sort >"$run/log.names"
  if ! named_files <"$run/log.json" | cmp -s - "$run/log.names"; then
    fail "the repository does not name the log that was put into it: nothing was removed: $(one_line <"$run/log.dump")"
    remove_unconfirmed "log,begun:$began"
    return 1
  fi
  snapshot=$(grep -o '"short_id":"[0-9a-f]*"' "$run/log.json" | tail -n 1 | cut -d '"' -f 4)
  sync -f "$backup/repository"
  cut -d ' ' -f 1 "$run/log.closed" | xargs -r rm -f --
}
