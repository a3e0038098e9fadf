#!/bin/sh
# Where the peer's write-ahead log lies. What is received lies in the folder $wal. What is closed and no longer young
# goes from there into the encrypted repository, in batches (batch.sh): a batch is a snapshot of the host PEER.wal with
# these tags, and it counts only once it has them:
#   log                    it was seen to hold, byte for byte, what it says
#   line:WORD              of which log: the one whose folder has the same word in its file `line`
#   from:16 HEX to:16 HEX  first and last position, as in the names of files, the timeline left out
#   files:NAME..NAME       a run of files on one timeline; NAME alone for a single one
#   segment:BYTES bytes:BYTES  of one file, and of all
# In awk a name such as 0000000100000E10 would be a number: what is compared as text has "" behind it.
# shellcheck disable=SC2034,SC2154 # used where this is sourced
wal=$backup/wal/$peer

# A batch is due when this much is closed, or when the oldest file has waited so long. The youngest stay: a base backup
# of a standby begins some minutes back.
LOG_DUE_BYTES=${UNDERSTUDY_LOG_DUE_BYTES:-1073741824}
LOG_MOST_BYTES=${UNDERSTUDY_LOG_MOST_BYTES:-4294967296}
LOG_WAIT_SECONDS=${UNDERSTUDY_LOG_WAIT_SECONDS:-1800}
LOG_YOUNG_SECONDS=${UNDERSTUDY_LOG_YOUNG_SECONDS:-900}

log_line() { cat "$wal/line" 2>/dev/null; }

# The files of the log in a folder, histories too: NAME SIZE TIME. One that is being made is shorter than the others, and
# stays so where its receiver is killed meanwhile: nothing was written to it yet, and nobody could replay it.
log_in() { # FOLDER
  find "$1" -maxdepth 1 -type f -name '[0-9A-F]*' -printf '%f %s %T@\n' | awk '
    $1 ~ /^[0-9A-F]+\.partial$/ { partial[$1 " " $2 " " $3] = $2 + 0 }
    $1 ~ /^[0-9A-F]+(\.history)?$/ { print }
    $1 ~ /^[0-9A-F]+(\.partial)?$/ && $2 + 0 > longest { longest = $2 + 0 }
    END { for (one in partial) if (longest > 0 && partial[one] == longest) print one }'
}

# Files that will not change any more, oldest first: NAME SIZE AGE. Never the newest position, where pg_receivewal goes
# on. The age of a file of the future is not known: it counts as old.
closed_log() { # MOST BYTES, but for the first file
  log_in "$wal" | awk '$1 !~ /history/ { print substr($1, 9, 16), $1, $2, $3 }' | sort |
    awk -v now="$(now)" -v young="$LOG_YOUNG_SECONDS" -v most="$1" '
      { position[NR] = $1 ""; name[NR] = $2; size[NR] = $3; age[NR] = int(now - $4) }
      END {
        for (i = 1; i <= NR && position[i] != position[NR]; i++) {
          if (age[i] < -60) age[i] = now
          sum += size[i]
          if (age[i] < young || (i > 1 && sum > most)) exit
          print name[i], size[i], age[i]
        }
      }'
}

log_due() {
  [ -s "$wal/line" ] || return 1
  [ "$(status_value "$peer.log" result)" != failed ] || [ "$(since "$(status_value "$peer.log" at)")" -ge 60 ] || return 1
  closed_log "$LOG_MOST_BYTES" | awk -v enough="$LOG_DUE_BYTES" -v patience="$LOG_WAIT_SECONDS" '
    { sum += $2; if ($3 >= patience) due = 1 }
    END { exit !(due || sum >= enough) }'
}

# Every batch that counts, of any line: LINE FROM TO BYTES ID TIME. Fails where the repository cannot be read.
log_batches() {
  theirs --no-lock snapshots --json --host "$peer.wal" --tag log >"$run/batches.$$" 2>"$run/batches.err" || return 1
  sed 's/{"time":/\n&/g' "$run/batches.$$" | awk '
    function value(key, rest) {
      if (!match($0, "\"" key "[^\"]*\"")) return "-"
      rest = substr($0, RSTART + 1, RLENGTH - 2)
      return substr(rest, length(key) + 1)
    }
    /"id":"/ {
      match($0, /"id":"[0-9a-f]*"/); id = substr($0, RSTART + 6, RLENGTH - 7)
      match($0, /"time":"[^"]*"/); time = substr($0, RSTART + 8, RLENGTH - 9)
      print value("line:"), value("from:"), value("to:"), value("bytes:"), id, time
    }'
  rm -f "$run/batches.$$"
}

# Those of the log that is being received which reach into a stretch: BYTES ID, in order.
batches_between() { # FROM TO
  line=$(log_line)
  [ -n "$line" ] || return 0
  log_batches >"$run/batches.all.$$" || return 1
  awk -v line="$line" -v first="$1" -v last="$2" '$1 "" == line && $3 "" >= first && $2 "" <= last' "$run/batches.all.$$" |
    sort -k 2,3 | awk '{ print $4, $5 }'
  rm -f "$run/batches.all.$$"
}

# The files that the tags of a snapshot name, from what restic tells of it as JSON.
named_files() {
  grep -o '"files:[^"]*"\|"segment:[0-9]*"' | tr -d '"' | sort -r | awk '
    function number(text, i, sum) {
      for (i = 1; i <= length(text); i++) sum = sum * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
      return sum
    }
    /^segment:/ { each = 4294967296 / substr($0, 9) }
    /^files:/ {
      from = substr($0, 7); to = from
      if (i = index(from, "..")) { to = substr(from, i + 2); from = substr(from, 1, i - 1) }
      if (from == to) { print from; next }
      last = number(substr(to, 9, 8)) * each + number(substr(to, 17, 8))
      for (i = number(substr(from, 9, 8)) * each + number(substr(from, 17, 8)); i <= last; i++)
        printf "%s%08X%08X\n", substr(from, 1, 8), int(i / each), i % each
    }' | sort
}

# Names of the log's files in a folder that belong to a stretch; every history file does.
log_files() { # FOLDER FROM TO
  log_in "$1" | awk -v first="$2" -v last="$3" '{ position = substr($1, 9, 16) "" }
    /history/ || (position >= first && position <= last) { print $1 }'
}

# Puts what the repository has of a stretch into a folder, beside what is there already.
unpack_batches() { # FROM TO FOLDER
  batches_between "$1" "$2" >"$run/batches.wanted" || return 1
  mkdir -p "$3" || return 1
  while read -r _ id; do
    rm -f "$run/batches.ended"
    { theirs --no-lock dump --archive tar "$id" "$backup/staging/log" 2>"$run/batches.err" </dev/null && : >"$run/batches.ended"; } |
      tar -x --no-same-owner --skip-old-files --transform 's,^.*/,,' -C "$3" -f - 2>"$run/batches.tar" ||
      { cat "$run/batches.tar" >>"$run/batches.err"; return 1; }
    [ -e "$run/batches.ended" ] || return 1
    # A batch may reach further than what is asked for.
    log_files "$3" "$1" "$2" | sort >"$run/batches.keep"
    find "$3" -maxdepth 1 -type f -printf '%f\n' | sort | comm -23 - "$run/batches.keep" | (cd "$3" && xargs -r rm -f --)
  done <"$run/batches.wanted"
}
