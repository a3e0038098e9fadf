#!/bin/sh
# restore.sh SERVICE SNAPSHOT TARGET LIKE [SEGMENT]: puts one backup of the peer into the folder TARGET, beside what is
# there, as TARGET/.understudy-restore; it has that name only when it is whole. Its files belong to the owner of LIKE.
# With SEGMENT the write-ahead log from there on comes with it, from the archive.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
service=$1 snapshot=$2 target=$3 like=$4 segment=${5:-}
partial=$target/.understudy-partial
whole=$target/.understudy-restore

give_up() { printf '%s\n' "$*" >&2; rm -rf "$partial"; exit 1; }

rm -rf "$partial" "$whole"
mkdir -p "$partial/read" || give_up "$target cannot be written"
need=$(theirs --no-lock stats --json --mode restore-size "$snapshot" 2>"$run/restore.err" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
[ -n "$need" ] || give_up "the backup $snapshot cannot be read: $(one_line <"$run/restore.err")"
free=$(df --output=avail -B1 "$target" | tail -n 1 | tr -d ' ')
[ "$need" -lt "$free" ] || give_up "the backup needs $need bytes, and $free are free: nothing was restored"
theirs --no-lock restore "$snapshot" --target "$partial/read" >"$run/restore.out" 2>"$run/restore.err" ||
  give_up "the backup $snapshot cannot be restored: $(one_line <"$run/restore.err")"
# restic counts files that it could not restore, and ends well.
! grep -qi 'there were [1-9][0-9]* errors' "$run/restore.out" "$run/restore.err" ||
  give_up "the backup $snapshot is damaged: $(one_line <"$run/restore.err")"

case $service in
  prometheus) mv "$partial/read/services/prometheus/snapshots/understudy" "$partial/data" ;;
  *)
    mkdir "$partial/data"
    for part in "$partial/read/services/$service" "$partial/read$backup/staging/$service"; do
      # Links, not copies: it needs its room once.
      [ ! -d "$part" ] || cp -al "$part/." "$partial/data/" || give_up "$target cannot be written"
    done
    rm -f "$partial/data/.copied"
    ;;
esac || give_up "the backup $snapshot does not hold what a backup of $service holds"
rm -rf "$partial/read"
if [ -n "$segment" ]; then
  mkdir "$partial/data/wal"
  # File names sort by position when the timeline is left out.
  find "$backup/wal/$peer" -maxdepth 1 -type f -printf '%f\n' |
    awk -v first="$(printf '%s' "$segment" | cut -c 9-24)" '/history$/ || substr($0, 9, 16) >= first' >"$partial/log"
  while read -r file; do
    cp "$backup/wal/$peer/$file" "$partial/data/wal/" ||
      give_up "$target cannot be written, with $(df --output=avail -B1 "$target" | tail -n 1) bytes free"
  done <"$partial/log"
fi
# A base backup of a standby says that it is one: recovery from it would never end.
if [ "$service" = timescaledb ]; then
  rm -f "$partial/data/pgdata/standby.signal"
  : >"$partial/data/pgdata/recovery.signal"
fi
chown -R --reference="$like" "$partial/data" || give_up "the restored files cannot be given to their owner"
[ "$service" != timescaledb ] || chmod 700 "$partial/data/pgdata"
mv "$partial/data" "$whole" && rm -rf "$partial"
