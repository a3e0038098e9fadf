#!/bin/sh
# A base backup of the peer's PostgreSQL. Without tablespaces it goes from the server into the repository as one tar, and
# nothing of it is staged. pg_basebackup gives several tablespaces only as files: these are staged, one tar for each,
# where there is room. Either counts only when pg_basebackup ended well and the archive has the log that belongs to it.
# shellcheck disable=SC2034,SC2154 # take.sh and prepare.sh set and use them
look=$staging.look
LOG_TURNS=${UNDERSTUDY_LOG_TURNS:-120}

replication() { psql -AtqX "$(peer_dsn replication) replication=true" "$@"; }

# The server tells its tablespaces and their sizes when a base backup begins; this one is ended after that. Sets
# `cluster` (bytes), `spaces` (names) and `method` (how the log that belongs to a backup is had).
measure_base() {
  cluster='' spaces=''
  choose_password
  rm -f "$run/base.answer"
  mkfifo "$run/base.answer" || return 1
  replication -c "BASE_BACKUP (PROGRESS true, CHECKPOINT 'fast', MANIFEST 'no', MAX_RATE 32)" >"$run/base.answer" 2>"$run/basebackup" &
  asker=$!
  sum=0
  while IFS= read -r line; do
    case $line in *"|"*"|"*) ;; *) continue ;; esac
    sum=$((sum + ${line##*|}))
    if [ -z "${line%%|*}" ]; then cluster=$((sum * 1024)) && break; fi
    path=${line#*|}
    spaces="$spaces${spaces:+, }${path%|*}"
  done <"$run/base.answer"
  kill "$asker" 2>/dev/null
  wait "$asker" 2>/dev/null
  asked=$?
  asker=
  [ -n "$cluster" ] || fail "$peer does not tell how large it is: $(base_words "$asked")" || return 1
  # A server with an archive of its own would keep the end of the backup waiting for that.
  if [ "$(replication -c 'SHOW archive_mode' 2>/dev/null)" = off ]; then method=none; else method=fetch; fi
}

base_words() { # EXIT CODE, which is all there is when it was killed
  words=$(grep -v '^NOTICE: ' "$run/basebackup" | one_line)
  printf '%s' "${words:-it ended with $1 and said nothing}"
}

mib() { printf '%s' "$((($1 + 1048575) / 1048576))"; }

# What the newest base backup holds lies in the repository already, so that only the growth is new; what is staged needs
# room beside that.
room_for_base() {
  before=$(theirs --no-lock snapshots --json --host "$peer" --tag timescaledb 2>/dev/null | grep -o '"bytes:[0-9]*"' | tail -n 1 | tr -dc 0-9)
  new=$((cluster - ${before:-0}))
  [ "$new" -gt 0 ] || new=0
  staged=0 words=
  if [ -n "$spaces" ]; then staged=$cluster words=", and $(mib "$staged") MiB to stage it, since it has tablespaces ($spaces)"; fi
  free=$(free_bytes)
  [ "$((free - new - staged))" -ge "$UNDERSTUDY_MIN_FREE_BYTES" ] ||
    fail "no room on $host: a base backup of $peer ($(mib "$cluster") MiB) needs up to $(mib "$new") MiB$words; $(mib "$free") MiB are free, and $(mib "$UNDERSTUDY_MIN_FREE_BYTES") MiB must stay free; nothing was begun"
}

basebackup() { # WHERE; its process is known, so that it can be ended
  # shellcheck disable=SC2016 # of the inner shell
  sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$run/base.pid" pg_basebackup -d "$(peer_dsn replication)" -D "$1" --format=tar --wal-method="$method" --checkpoint=fast --no-password \
    --label="understudy $(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

stage_base() {
  basebackup "$staging" 2>"$run/basebackup" &
  writer=$!
  wait "$writer"
  ended=$?
  writer=
  rm -f "$run/base.pid"
  [ "$ended" -eq 0 ] || fail "pg_basebackup: $(base_words "$ended") (tablespaces: $spaces)" || return 1
  unpack_label <"$staging/base.tar" && cp "$staging/backup_manifest" "$look/" || fail "the backup is not whole: $(one_line <"$run/base.tar")" || return 1
  read_positions && log_is_whole || return 1
  paths=$staging
}

unpack_label() { # [NAMES…], from stdin
  rm -rf "$look"
  mkdir -p "$look" || return 1
  tar -x --no-same-owner -C "$look" -f - backup_label global/pg_control "$@" 2>"$run/base.tar"
  unpacked=$?
  cat >/dev/null
  return $unpacked
}

# Sets the tags of the backup, from what it says of itself.
read_positions() {
  label=$look/backup_label
  start=$(sed -n 's/^START WAL LOCATION: \([^ ]*\) .*/\1/p' "$label")
  segment=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$label")
  timeline=$(sed -n 's/^START TIMELINE: //p' "$label")
  sed -n 's/.*"Timeline": \([0-9]*\), "Start-LSN": "\([^"]*\)", "End-LSN": "\([^"]*\)".*/\1 \2 \3/p' "$look/backup_manifest" >"$run/base.ranges"
  end=$(tail -n 1 "$run/base.ranges" | cut -d ' ' -f 3)
  system=$(pg_controldata -D "$look" | sed -n 's/^Database system identifier: *//p')
  for one in "$start" "$segment" "$timeline" "$end" "$system"; do
    [ -n "$one" ] || fail "the backup does not say where it begins and ends" || return 1
  done
  tags="start:$start end:$end timeline:$timeline wal:$segment system:$system"
}

# Whether every record that belongs to the backup is in the archive, as it was written. It comes within moments.
log_is_whole() {
  while read -r on from to; do
    turns=$LOG_TURNS
    until link_log "$on" "$from" "$to" && pg_waldump -q -p "$look/log" -t "$on" -s "$from" -e "$to" >/dev/null 2>"$run/base.log"; do
      turns=$((turns - 1))
      [ "$turns" -gt 0 ] || fail "the archive of the write-ahead log of $peer does not have $from to $to, which belongs to the backup: $(one_line <"$run/base.log")" || return 1
      sleep 0.5
    done
  done <"$run/base.ranges"
}

link_log() { # TIMELINE FROM TO: the files of that stretch, by the names that they will have
  rm -rf "$look/log"
  mkdir -p "$look/log" "$look/fetched"
  size=$(log_in "$wal" | awk '$1 !~ /history/ { print $2; exit }')
  [ -n "$size" ] || { echo "nothing is in $wal" >"$run/base.log"; return 1; }
  first=$(segment_of "$1" "$2") last=$(segment_of "$1" "$3")
  # The backup of a standby may begin further back than what the folder still has.
  [ -e "$wal/$first" ] || [ -e "$wal/$first.partial" ] || [ -e "$look/fetched/$first" ] ||
    unpack_batches "${first#????????}" "${last#????????}" "$look/fetched" || { cat "$run/batches.err" >"$run/base.log"; return 1; }
  for folder in "$look/fetched" "$wal"; do
    log_files "$folder" "${first#????????}" "${last#????????}" | grep "^${first%????????????????}[0-9A-F]" >"$run/base.files"
    sed -n "/partial\$/!s#^#$folder/#p" "$run/base.files" | xargs -r ln -sf -t "$look/log" --
    sed -n '/partial$/p' "$run/base.files" | while read -r file; do ln -sf "$folder/$file" "$look/log/${file%.partial}"; done
  done
}

segment_of() { # TIMELINE LSN
  printf '%08X%08X%08X' "$1" "$((0x${2%/*}))" "$((0x${2#*/} / size))"
}

# Writes the backup into the pipe that restic reads, and lets restic see its end only when all is well.
write_base() {
  exec 8>"$run/base.pipe"
  unpack_label backup_manifest <"$run/base.look" &
  looker=$!
  { basebackup - 2>"$run/basebackup"; ended=$?; rm -f "$run/base.pid"; echo $ended >"$run/base.code"; } | tee "$run/base.look" >&8
  wait "$looker"
  looked=$?
  ended=$(cat "$run/base.code")
  # SIGPIPE: restic has ended, and says why.
  if [ "$ended" = 141 ]; then
    exit 1
  elif [ "$ended" != 0 ]; then
    fail "pg_basebackup: $(base_words "$ended")"
  elif [ "$looked" -ne 0 ]; then
    fail "the backup is not whole: $(one_line <"$run/base.tar")"
  elif read_positions && log_is_whole; then
    printf '%s\n' "$tags" >"$run/base.ok"
    exit 0
  fi
  : >"$run/$service.failed"
  while :; do sleep 1; done
}

# Until it is confirmed nobody takes it for a backup: it has no service's name.
stream_base() {
  rm -f "$run"/base.pipe "$run"/base.look "$run"/base.ok "$run"/base.code
  mkfifo "$run/base.pipe" "$run/base.look" || return 1
  write_base &
  writer=$!
  input=$run/base.pipe
  # A name without a folder: restic 0.18.0 fails at any other (restic's issue 5324).
  watched --json --host "$peer" --tag unconfirmed --stdin --stdin-filename "$service"
  end_base
  input=/dev/null
}

end_base() {
  # shellcheck disable=SC2046,SC2086 # numbers, or none
  kill $asker $writer $(cat "$run/base.pid" 2>/dev/null) 2>/dev/null
  rm -f "$run/base.pid"
  [ -z "$writer" ] || wait "$writer" 2>/dev/null
  writer='' asker=''
}

confirm_base() {
  id=$(summary snapshot_id)
  tags=$(cat "$run/base.ok" 2>/dev/null)
  bytes=$(summary total_bytes_processed)
  if [ -z "$tags" ] || [ -z "$id" ]; then
    remove_unconfirmed unconfirmed
    fail "the backup ended before it was seen to be whole"
    return 1
  fi
  # shellcheck disable=SC2086 # several tags
  name_backup "$id" "$service" $tags "bytes:$bytes" "begun:$began" "taken:$(($(now) + 1))" || { remove_unconfirmed unconfirmed; return 1; }
  snapshot=$(theirs --no-lock snapshots --json --tag "$service,begun:$began" 2>/dev/null | grep -o '"short_id":"[0-9a-f]*"' | tail -n 1 | cut -d '"' -f 4)
}
