#!/bin/sh
# restore.sh SERVICE SNAPSHOT TARGET LIKE [SEGMENT [LAST]]: puts one backup of the peer into the folder TARGET, beside what is
# there, as TARGET/.understudy-restore; it has that name only when it is whole. Its files belong to the owner of LIKE.
# With SEGMENT the write-ahead log from there on comes with it, as far as position LAST (16 hexadecimal digits, as in the
# names of its files): what lies in the archive's folder, and what is in the repository already.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
# shellcheck source=configs/backup/log.sh
. "$bin/log.sh"
service=$1 snapshot=$2 target=$3 like=$4 segment=${5:-} last=${6:-FFFFFFFFFFFFFFFF}
partial=$target/.understudy-partial
whole=$target/.understudy-restore

give_up() { printf '%s\n' "$*" >&2; rm -rf "$partial"; exit 1; }

rm -rf "$partial" "$whole"
mkdir -p "$partial/read" || give_up "$target cannot be written"
need=$(theirs --no-lock stats --json --mode restore-size "$snapshot" 2>"$run/restore.$service.err" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
[ -n "$need" ] || give_up "the backup $snapshot cannot be read: $(one_line <"$run/restore.$service.err")"
free=$(df --output=avail -B1 "$target" | tail -n 1 | tr -d ' ')
log=0 words=
if [ -n "$segment" ]; then
  first=$(printf '%s' "$segment" | cut -c 9-24)
  batches_between "$first" "$last" >"$run/restore.batches" || give_up "the log in the repository cannot be listed: $(one_line <"$run/batches.err")"
  log_files "$wal" "$first" "$last" >"$run/restore.log"
  log=$({ cat "$run/restore.batches"; (cd "$wal" && xargs -r stat -c %s -- <"$run/restore.log" 2>/dev/null); } | awk '{ sum += $1 } END { printf "%.0f", sum }')
  words=", and $log more for its log"
fi
[ "$((need + log))" -lt "$free" ] || give_up "the backup needs $need bytes$words, and $free are free: nothing was restored"
stored=$backup/staging/$service

# One file of the backup is a tar: its members go into a folder.
unpack() { # FILE FOLDER
  mkdir -p "$2" || give_up "$target cannot be written"
  rm -f "$run/restore.$service.ended"
  { theirs --no-lock dump "$snapshot" "$1" 2>"$run/restore.$service.err" && : >"$run/restore.$service.ended"; } |
    tar -x --no-same-owner -C "$2" -f - 2>"$run/restore.$service.out" ||
    give_up "the backup $snapshot cannot be unpacked into $target: $(one_line <"$run/restore.$service.out") $(one_line <"$run/restore.$service.err")"
  [ -e "$run/restore.$service.ended" ] || give_up "the backup $snapshot cannot be restored: $(one_line <"$run/restore.$service.err")"
}

whole_files() {
  theirs --no-lock restore "$snapshot" --target "$partial/read" >"$run/restore.$service.out" 2>"$run/restore.$service.err" ||
    give_up "the backup $snapshot cannot be restored: $(one_line <"$run/restore.$service.err")"
  # restic counts files that it could not restore, and ends well.
  ! grep -qi 'there were [1-9][0-9]* errors' "$run/restore.$service.out" "$run/restore.$service.err" ||
    give_up "the backup $snapshot is damaged: $(one_line <"$run/restore.$service.err")"
}

# A base backup is one tar; or, with tablespaces, a tar of each; or, of an earlier version, one tar by a longer name, or the
# files themselves.
base_backup() {
  pgdata=$partial/data/pgdata
  theirs --no-lock ls "$snapshot" 2>"$run/restore.$service.err" | grep "^$stored\|^/$service\$" >"$run/restore.$service.files" ||
    give_up "the backup $snapshot does not hold what a backup of $service holds: $(one_line <"$run/restore.$service.err")"
  one=$(cat "$run/restore.$service.files")
  if [ "$one" = "/$service" ] || [ "$one" = "$stored" ]; then
    unpack "$one" "$pgdata"
  elif grep -qx "$stored/base.tar" "$run/restore.$service.files"; then
    unpack "$stored/base.tar" "$pgdata"
    theirs --no-lock dump "$snapshot" "$stored/backup_manifest" >"$pgdata/backup_manifest" 2>"$run/restore.$service.err" ||
      give_up "the backup $snapshot cannot be restored: $(one_line <"$run/restore.$service.err")"
    tablespaces
  else
    whole_files
    mkdir "$partial/data"
    mv "$partial/read$stored/pgdata" "$pgdata" || give_up "the backup $snapshot does not hold what a backup of $service holds"
  fi
  pg_verifybackup --no-parse-wal --quiet "$pgdata" 2>"$run/restore.$service.err" ||
    give_up "the backup $snapshot is damaged: pg_verifybackup: $(one_line <"$run/restore.$service.err")"
  [ ! -d "$partial/data/tablespaces" ] || sed -i "s#^\([0-9]*\) .*#\1 $volume/tablespaces/\1#" "$pgdata/tablespace_map" ||
    give_up "$target cannot be written"
}

# Wherever a tablespace lay: from now on it is in the service's volume, beside the data folder.
volume=${UNDERSTUDY_POSTGRES_VOLUME:-/var/lib/postgresql/data}
tablespaces() {
  sed -n 's#.*/\([0-9][0-9]*\)\.tar$#\1#p' "$run/restore.$service.files" >"$run/restore.$service.spaces"
  mkdir -p "$pgdata/pg_tblspc" || give_up "$target cannot be written"
  while read -r oid; do
    unpack "$stored/$oid.tar" "$partial/data/tablespaces/$oid" </dev/null
    ln -s "../../tablespaces/$oid" "$pgdata/pg_tblspc/$oid" || give_up "$target cannot be written"
  done <"$run/restore.$service.spaces"
}

case $service in
  timescaledb) base_backup ;;
  prometheus) whole_files && mv "$partial/read/services/prometheus/snapshots/understudy" "$partial/data" ;;
  *)
    whole_files
    mkdir "$partial/data"
    for part in "$partial/read/services/$service" "$partial/read$stored"; do
      # Links, not copies: it needs its room once.
      [ ! -d "$part" ] || cp -al "$part/." "$partial/data/" || give_up "$target cannot be written"
    done
    rm -f "$partial/data/.copied"
    ;;
esac || give_up "the backup $snapshot does not hold what a backup of $service holds"
rm -rf "$partial/read"
if [ -n "$segment" ]; then
  mkdir "$partial/data/wal"
  # First what is in the folder: from there files go into the repository, never back. The newest one gets another name
  # when it is full.
  turns=3
  until log_files "$wal" "$first" "$last" | (cd "$wal" && xargs -r cp -t "$partial/data/wal" --) 2>"$run/restore.$service.err"; do
    turns=$((turns - 1))
    [ "$turns" -gt 0 ] ||
      give_up "$target cannot be written, with $(df --output=avail -B1 "$target" | tail -n 1) bytes free: $(one_line <"$run/restore.$service.err")"
  done
  unpack_batches "$first" "$last" "$partial/data/wal" ||
    give_up "the write-ahead log in the repository cannot be restored: $(one_line <"$run/batches.err")"
fi
# A base backup of a standby says that it is one: recovery from it would never end.
if [ "$service" = timescaledb ]; then
  rm -f "$partial/data/pgdata/standby.signal"
  : >"$partial/data/pgdata/recovery.signal"
fi
chown -R --reference="$like" "$partial/data" || give_up "the restored files cannot be given to their owner"
[ "$service" != timescaledb ] || chmod 700 "$partial/data/pgdata"
mv "$partial/data" "$whole" && rm -rf "$partial"
