#!/bin/sh
# restore.sh ours|theirs SERVICE SNAPSHOT TARGET LIKE [SEGMENT [WAL-SNAPSHOT]]: puts one backup into the folder TARGET,
# beside what is there, as TARGET/.understudy-restore; it has that name only when it is whole. Its files belong to the
# owner of LIKE. With SEGMENT the write-ahead log from there on comes with it, from the archive or from a snapshot of it.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
source=$1 service=$2 snapshot=$3 target=$4 like=$5 segment=${6:-} log=${7:-}
partial=$target/.understudy-partial
whole=$target/.understudy-restore

give_up() { printf '%s\n' "$*" >&2; rm -rf "$partial"; exit 1; }

from() { if [ "$source" = theirs ]; then theirs --no-lock "$@"; else ours --no-lock "$@"; fi; }

rm -rf "$partial" "$whole"
mkdir -p "$partial/read" || give_up "$target cannot be written"
need=$(from stats --json --mode restore-size "$snapshot" 2>"$run/restore.err" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
[ -n "$need" ] || give_up "the backup $snapshot cannot be read: $(one_line <"$run/restore.err")"
free=$(df --output=avail -B1 "$target" | tail -n 1 | tr -d ' ')
[ "$need" -lt "$free" ] || give_up "the backup needs $need bytes, and $free are free: nothing was restored"
from restore "$snapshot" --target "$partial/read" >"$run/restore.out" 2>"$run/restore.err" ||
  give_up "the backup $snapshot cannot be restored: $(one_line <"$run/restore.err")"
# restic counts files that it could not restore, and ends well.
! grep -qi 'there were [1-9][0-9]* errors' "$run/restore.out" "$run/restore.err" ||
  give_up "the backup $snapshot is damaged: $(one_line <"$run/restore.err")"

case $service in
  prometheus) mv "$partial/read/services/prometheus/snapshots/understudy" "$partial/data" ;;
  *)
    mkdir "$partial/data"
    for part in "$partial/read/services/$service" "$partial/read$backup/staging/$service"; do
      [ ! -d "$part" ] || cp -a "$part/." "$partial/data/" || give_up "$target cannot be written"
    done
    rm -f "$partial/data/silences.json" "$partial/data/.copied"
    ;;
esac || give_up "the backup $snapshot does not hold what a backup of $service holds"
rm -rf "$partial/read"
if [ -n "$segment" ]; then
  archive=$backup/wal/$peer
  if [ -n "$log" ]; then
    from restore "$log" --target "$partial/log" >/dev/null 2>"$run/restore.err" ||
      give_up "the write-ahead log $log cannot be restored: $(one_line <"$run/restore.err")"
    archive=$(find "$partial/log" -type d | tail -n 1)
  fi
  mkdir "$partial/data/wal"
  for file in "$archive"/*; do
    position=$(basename "$file" | cut -c 9-24)
    case $file in
      *.history) ;;
      *) [ "$(printf '%s\n%s\n' "$position" "$(printf '%s' "$segment" | cut -c 9-24)" | sort | head -n 1)" != "$position" ] ||
        [ "$position" = "$(printf '%s' "$segment" | cut -c 9-24)" ] || continue ;;
    esac
    cp "$file" "$partial/data/wal/" || give_up "$target cannot be written, with $(df --output=avail -B1 "$target" | tail -n 1) bytes free"
  done
  rm -rf "$partial/log"
fi
if [ "$service" = timescaledb ]; then : >"$partial/data/pgdata/recovery.signal"; fi
chown -R --reference="$like" "$partial/data" || give_up "the restored files cannot be given to their owner"
[ "$service" != timescaledb ] || chmod 700 "$partial/data/pgdata"
mv "$partial/data" "$whole" && rm -rf "$partial"
printf 'bytes=%s\n' "$need"
