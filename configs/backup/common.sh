#!/bin/sh
# What the scripts of the backup container share: where things lie, how they speak, how they reach the repositories.
# Every host's backups lie on the other host: what is taken here of this host is pushed to the peer, and of the peer's
# PostgreSQL it is pulled.
#   /backup/repository/PEER  restic repository of the peer's backups
#   /backup/wal/PEER         the peer's write-ahead log as it is written, until it lies in the repository too (log.sh)
#   /backup/status/HOST.SERVICE  how the last attempt ended, and the last good one
#   /backup/hold             EPOCH BOOT UP: until then nothing is taken, a drill is under way; for people, and by the seconds
#                            that the machine has run since BOOT
# What is only of this run lies in memory, so that a full disk does not silence who has to tell of it.
# shellcheck disable=SC2034 # used where this is sourced
backup=${UNDERSTUDY_BACKUP_FOLDER:-/backup}
bin=${UNDERSTUDY_BIN:-/understudy}
host=$UNDERSTUDY_HOST
peer=$UNDERSTUDY_PEER_HOST
secrets=$bin/files/current
run=${UNDERSTUDY_RUN_FOLDER:-/dev/shm/understudy}
slot=understudy_archive
umask 077
mkdir -p "$run/status"

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

now() { date -u +%s; }

# Seconds that have passed since an epoch second, by the clock. One in the future says nothing: as if it were long ago.
since() {
  passed=$(($(now) - ${1:-0}))
  [ "$passed" -ge 0 ] || passed=$(now)
  printf '%s\n' "$passed"
}

# Seconds that this machine has run: no step of the clock moves them. Waits count by them.
uptime_seconds() {
  read -r up _ </proc/uptime
  printf '%s\n' "${up%.*}"
}

one_line() { tr -s '\n\t' '  ' | sed -e 's/^ *//' -e 's/ *$//' | cut -c 1-600; }

put() { # FILE, from stdin: whole when it has its name
  cat >"$1.new" && mv "$1.new" "$1"
}

# shellcheck source=configs/backup/transport.sh
. "$bin/transport.sh"

# The repository's passwords are in files: never on a command line, never in a log.
# With exec=exec, in a subshell, that becomes restic.
exec=
# shellcheck disable=SC2046 # words without a blank
ours() { $exec restic $(to_store) --password-file "$(key_file opens_ours)" --cache-dir "$backup/cache" "$@"; }
theirs() { $exec restic --repo "$backup/repository/$peer" --password-file "$(key_file opens_theirs)" --no-cache "$@"; }

# While the password is exchanged backup.before beside it is the former one: whichever opens the repository.
key_file() { # OPENS
  if [ -f "$secrets/backup.before" ]; then
    for one in backup backup.before; do
      "$1" "$one" || continue
      printf '%s' "$secrets/$one"
      return
    done
  fi
  printf '%s' "$secrets/backup"
}
opens_theirs() { # NAME of a password's file
  restic --repo "$backup/repository/$peer" --password-file "$secrets/$1" --no-cache --no-lock cat config >/dev/null 2>&1 </dev/null
}
# restic itself waits long for a host that has gone.
opens_ours() {
  # shellcheck disable=SC2046 # words without a blank
  timeout 60 restic $(to_store) --password-file "$secrets/$1" --no-cache --no-lock cat config >/dev/null 2>&1 </dev/null
}

# How connections to the peer's PostgreSQL are encrypted. In $secrets: `encryption`, which is accepted, used or required as
# settings/encryption.ts says, and the certificates; nothing is encrypted without. In $backup: plain-peer and encrypted-peer,
# whether the peer was seen to encrypt: never plain again from then on.
# Whether the peer answers the request to encrypt. No certificate is checked, and no password is sent.
peer_speaks_tls() {
  PGSSLMODE=require PGSSLROOTCERT=$run/none PGSSLCERT=$run/none pg_isready -q -h "$UNDERSTUDY_PEER_ADDRESS" \
    -p "$UNDERSTUDY_PEER_PORT" -t 5 >/dev/null 2>&1 </dev/null
  [ $? -le 1 ]
}

# A host that has received the peer's log plain goes on so until the peer was seen to encrypt.
was_plain() {
  [ -f "$backup/plain-peer" ] || { [ ! -f "$backup/encrypted-peer" ] && [ -f "$backup/wal/$peer.system" ]; }
}

peer_ssl() { # what a connection to the peer has in its string
  mode=plain
  [ ! -f "$secrets/encryption" ] || read -r mode <"$secrets/encryption" || :
  case $mode in
    used | required)
      if was_plain; then
        peer_speaks_tls || return 0
        rm -f "$backup/plain-peer"
      fi
      [ -f "$backup/encrypted-peer" ] || : >"$backup/encrypted-peer"
      printf 'sslmode=verify-full sslrootcert=%s sslcert=%s sslkey=%s' \
        "$secrets/ca.crt" "$secrets/replication-client.crt" "$secrets/replication-client.key"
      ;;
    *)
      [ -f "$backup/plain-peer" ] || : >"$backup/plain-peer"
      rm -f "$backup/encrypted-peer"
      [ "$mode" != accepted ] || printf sslmode=disable
      ;;
  esac 2>/dev/null
}

peer_dsn() { # DATABASE
  # A peer that has fallen silent is given up after half a minute.
  printf 'host=%s port=%s user=%s dbname=%s connect_timeout=5 application_name=understudy_archive %s %s' \
    "$UNDERSTUDY_PEER_ADDRESS" "$UNDERSTUDY_PEER_PORT" "$UNDERSTUDY_REPLICATION_USER" "$1" \
    "keepalives_idle=10 keepalives_interval=5 keepalives_count=4 tcp_user_timeout=30000" "$(peer_ssl)"
}

# The receiver of the log asks the peer to give its own end of the connection up sooner: a sender that waits for this host
# holds up the peer's checkpoints when the slot may keep no more.
receive_dsn() {
  printf "%s options='%s'" "$(peer_dsn replication)" \
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
}

write_pgpass() { # [FILE]
  printf '*:*:*:*:%s\n' "$(sed -e 's/\\/\\\\/g' -e 's/:/\\:/g' "$secrets/${1:-replication}" | head -n 1)" >"$run/pgpass.$$"
  chmod 600 "$run/pgpass.$$" && mv "$run/pgpass.$$" "$run/pgpass"
}

# While the password is exchanged replication.before beside it is the former one: whichever lets this host in.
choose_password() {
  for one in replication replication.before; do
    [ -f "$secrets/$one" ] || continue
    write_pgpass "$one"
    [ -f "$secrets/replication.before" ] || return 0
    psql -AtqX "$(peer_dsn replication) replication=true" -c IDENTIFY_SYSTEM >/dev/null 2>&1 </dev/null && return 0
  done
  write_pgpass
}
export PGPASSFILE="$run/pgpass" LC_ALL=C

# No drill takes so long: a hold that ends later is of a clock that was wrong.
LONGEST_HOLD=3600

held() { # true while a drill is under way
  epoch='' boot='' last=''
  [ -f "$backup/hold" ] && read -r epoch boot last <"$backup/hold" || return 1
  if [ -n "$last" ] && [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    left=$((last - $(uptime_seconds)))
  else
    left=$((${epoch:-0} - $(now)))
  fi
  [ "$left" -gt 0 ] && [ "$left" -le "$LONGEST_HOLD" ]
}

# Of the peer, pulled from there into what lies here: its PostgreSQL, and the log that was received of it.
pulled() { [ "$1" = timescaledb ] || [ "$1" = log ]; }

# Whose backup of SERVICE this container takes.
host_of() { if pulled "$1"; then printf '%s' "$peer"; else printf '%s' "$host"; fi; }

# How an attempt ended is noted on the disk; where that is full, in memory until the container ends.
note_status() { # HOST.SERVICE, from stdin
  cat >"$run/noting.$1" || return 1
  if put "$backup/status/$1" <"$run/noting.$1" 2>/dev/null; then
    rm -f "$run/status/$1" "$run/noting.$1"
  else
    rm -f "$backup/status/$1.new"
    mv "$run/noting.$1" "$run/status/$1"
  fi
}

status_file() { if [ -f "$run/status/$1" ]; then printf '%s' "$run/status/$1"; else printf '%s' "$backup/status/$1"; fi; }

status_names() { find "$backup/status" "$run/status" -maxdepth 1 -type f -name '*.*' ! -name '*.new' -printf '%f\n' 2>/dev/null | sort -u; }

status_value() { # HOST.SERVICE KEY
  sed -n "s/^$2=//p" "$(status_file "$1")" 2>/dev/null | head -n 1
}

children_of() { # PROCESS: their numbers; not every busybox has pkill
  grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3
}

free_bytes() { df --output=avail -B1 "$backup" | tail -n 1 | tr -d ' '; }

peer_says() { # what the peer's container tells Prometheus, metrics of a few seconds ago; through its front, if there is one
  if [ -f "$secrets/peer-metrics" ]; then
    set -- --cacert "$secrets/front/ca.pem" --cert "$secrets/front/client.pem" --key "$secrets/front/client.key" \
      "$(cat "$secrets/peer-metrics")"
  else
    set -- "http://$UNDERSTUDY_PEER_ADDRESS:$UNDERSTUDY_PEER_METRICS_PORT/metrics.txt"
  fi
  curl -fsS --connect-timeout 5 --max-time 10 "$@"
}

# Where a backup of SERVICE goes has room for it. Fails with the reason in words.
has_room() { # SERVICE
  if pulled "$1"; then
    where=$host free=$(free_bytes)
  else
    where=$peer
    said=$(peer_says 2>"$run/$1.peer") || {
      printf '%s does not answer at %s:%s: %s\n' "$peer" "$UNDERSTUDY_PEER_ADDRESS" "$UNDERSTUDY_PEER_METRICS_PORT" "$(one_line <"$run/$1.peer")"
      return 1
    }
    free=$(printf '%s\n' "$said" | sed -n 's/^understudy_backup_free_bytes //p')
  fi
  [ "${free:-0}" -ge "$UNDERSTUDY_MIN_FREE_BYTES" ] && return
  printf 'no room on %s: %s MiB are free for backups, at least %s MiB must be; nothing was written there\n' \
    "$where" "$((${free:-0} / 1048576))" "$((UNDERSTUDY_MIN_FREE_BYTES / 1048576))"
  return 1
}
