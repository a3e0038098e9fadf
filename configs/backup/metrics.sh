#!/bin/sh
# Writes what Prometheus reads: the last good backup and the last attempt of each service whose backup is taken here.
set -u
# shellcheck source=configs/backup/common.sh
. "${UNDERSTUDY_BIN:-/understudy}/common.sh"
files=$(for name in $(status_names); do printf '%s ' "$(status_file "$name")"; done)
metric() { # NAME HELP KEY
  printf '# HELP %s %s\n# TYPE %s gauge\n' "$1" "$2" "$1"
  # shellcheck disable=SC2086 # several files
  awk -v metric="$1" -v key="$3" '
    index($0, key "=") == 1 {
      value = substr($0, length(key) + 2)
      if (key == "result") value = value == "ok"
      name = FILENAME; sub(/.*\//, "", name)
      service = name; sub(/.*\./, "", service)
      host = substr(name, 1, length(name) - length(service) - 1)
      if (value != "") printf "%s{of_host=\"%s\",of_service=\"%s\"} %s\n", metric, host, service, value
    }' $files /dev/null
}
{
  metric understudy_backup_last_good_timestamp_seconds "When the newest good backup was begun." good_at
  metric understudy_backup_last_attempt_timestamp_seconds "When the last attempt ended." at
  metric understudy_backup_last_attempt_succeeded "1 when the last attempt gave a backup." result
  metric understudy_backup_last_attempt_seconds "How long the last attempt took." seconds
  metric understudy_backup_size_bytes "What the newest good backup holds." bytes
  printf '# HELP understudy_backup_max_age_seconds How old the newest good backup may be.\n# TYPE understudy_backup_max_age_seconds gauge\n'
  for pair in $UNDERSTUDY_MAX_AGES; do
    printf 'understudy_backup_max_age_seconds{of_host="%s",of_service="%s"} %s\n' "$(host_of "${pair%=*}")" "${pair%=*}" "${pair#*=}"
  done
  printf '# HELP understudy_backup_min_free_bytes Room that backups of the other host need.\n# TYPE understudy_backup_min_free_bytes gauge\n'
  printf 'understudy_backup_min_free_bytes %s\n' "$UNDERSTUDY_MIN_FREE_BYTES"
  printf '# HELP understudy_backup_free_bytes Room left for backups of the other host.\n# TYPE understudy_backup_free_bytes gauge\n'
  printf 'understudy_backup_free_bytes %s\n' "$(free_bytes)"
  printf '# HELP understudy_backup_wal_received_timestamp_seconds When write-ahead log last came.\n# TYPE understudy_backup_wal_received_timestamp_seconds gauge\n'
  newest=$(find "$backup/wal/$peer" -maxdepth 1 -type f -printf '%T@\n' 2>/dev/null | sort -n | tail -n 1)
  [ -z "$newest" ] || printf 'understudy_backup_wal_received_timestamp_seconds{of_host="%s"} %s\n' "$peer" "${newest%.*}"
} | put "$run/www/metrics.txt"
