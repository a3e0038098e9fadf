#!/bin/sh
# How the timescaledb container encrypts; for the scripts that decide it, beside common.sh. In $files:
#   encryption   accepted, used or required, as settings/encryption.ts says; nothing is encrypted without it
#   server.*, guard-client.*, replication-client.*, ca.crt   certificates with their keys, and whom this host believes
# In $state:
#   encryption       MODE on|off CHECKSUM WHY: what the server was told, of which files, and why not otherwise; `-` for the
#                    checksum where PostgreSQL could not be asked whether it takes them
#   plain-peer       the peer was not seen to encrypt yet: what asks it may still do so plain
#   ssl-guard, ssl-replication   what a connection to the peer has in its string, for each of the two roles
#   postgresql.conf  what the server reads: its settings, how it encrypts, and how it follows
# shellcheck disable=SC2154 # $state, $files and $bin come from postgres-common.sh

encryption_mode() { # sets mode
  mode=plain
  [ ! -f "$files/encryption" ] || read -r mode <"$files/encryption" || :
  case $mode in accepted | used | required) ;; *) mode=plain ;; esac
}

# Whether the peer answers the request to encrypt. Plain words are answered by every server that lives: so one that does not
# encrypt is told from one that is silent. No certificate is checked, and no password is sent.
peer_speaks_tls() {
  PGSSLMODE=require PGSSLROOTCERT=$state/none PGSSLCERT=$state/none pg_isready -q -h "$UNDERSTUDY_PEER_ADDRESS" \
    -p "$UNDERSTUDY_PEER_PORT" -t "$UNDERSTUDY_PEER_TIMEOUT" >/dev/null 2>&1 </dev/null
  [ $? -le 1 ]
}

# A host that has been plain goes on so until its peer was seen to encrypt, and never again from then on. A host that never
# was has no such time.
note_peer() {
  encryption_mode
  if [ ! -f "$state/encryption" ]; then
    [ ! -s "$PGDATA/PG_VERSION" ] || : >"$state/plain-peer"
    printf '%s off - not asked yet\n' "$mode" >"$state/encryption"
  fi
  case $mode in
    used | required)
      [ ! -f "$state/plain-peer" ] || [ -z "$UNDERSTUDY_PEER_ADDRESS" ] || ! peer_speaks_tls || rm -f "$state/plain-peer"
      ;;
    *) [ -f "$state/plain-peer" ] || : >"$state/plain-peer" ;;
  esac
  write_peer_words guard
  write_peer_words replication
}

write_peer_words() { # ROLE
  peer_words "$1" >"$state/ssl-$1.$$"
  if cmp -s "$state/ssl-$1.$$" "$state/ssl-$1"; then rm -f "$state/ssl-$1.$$"; else mv "$state/ssl-$1.$$" "$state/ssl-$1"; fi
}

peer_words() { # ROLE
  case $mode in
    used | required)
      [ -f "$state/plain-peer" ] || printf 'sslmode=verify-full sslrootcert=%s sslcert=%s sslkey=%s\n' \
        "$files/ca.crt" "$files/$1-client.crt" "$files/$1-client.key" ;;
    accepted) echo sslmode=disable ;;
  esac
}

# Whoever comes plain is refused only once the peer was seen to encrypt: it could not follow, or be asked, otherwise.
refuses_plain() {
  encryption_mode
  [ "$mode" = required ] && [ -f "$files/pg_hba.required.conf" ] &&
    { [ -z "$UNDERSTUDY_PEER_ADDRESS" ] || [ ! -f "$state/plain-peer" ]; }
}

server_ssl() { # as lines of a configuration
  printf "ssl = on\nssl_min_protocol_version = 'TLSv1.2'\nssl_cert_file = '%s'\nssl_key_file = '%s'\nssl_ca_file = '%s'\n" \
    "$files/server.crt" "$files/server.key" "$files/ca.crt"
}

# Whether PostgreSQL takes the certificate, its key and the CAs: it loads them before it answers for a setting, in a folder
# of its own, and starts no server. A server that starts with files that it cannot take ends; so it is asked before.
takes_certificates() { # sets why, for people, and sum: of the files that it was asked about, `-` where it could not be asked
  why='not asked yet: there is no data folder' sum=-
  [ -s "$PGDATA/PG_VERSION" ] && [ -f "$PGDATA/global/pg_control" ] || return 1
  why='no room to ask PostgreSQL'
  trial=$(mktemp -d) || return 1
  if ! { mkdir "$trial/global" && cp "$PGDATA/PG_VERSION" "$trial/" && cp "$PGDATA/global/pg_control" "$trial/global/" &&
    server_ssl >"$trial/postgresql.conf"; }; then
    rm -rf "$trial"
    return 1
  fi
  timeout 20 postgres -D "$trial" -C shared_memory_size >/dev/null 2>"$trial/why" </dev/null
  taken=$?
  why=$(tr '\n' ' ' <"$trial/why")
  why=${why:-"postgres exited $taken"}
  sum=$(certificates_sum)
  rm -rf "$trial"
  return "$taken"
}

certificates_sum() { cat "$files/server.crt" "$files/server.key" "$files/ca.crt" 2>/dev/null | cksum | tr ' ' -; }

# Sets encrypts, and notes it. A server that runs keeps what it has loaded when its new files are no good.
decide_encryption() {
  encryption_mode
  encrypts=off why='' sum=-
  if [ "$mode" != plain ]; then
    if takes_certificates; then
      encrypts=on why=''
    elif server_runs && encrypts_now; then
      encrypts=on why="the certificates were not taken, those of before stay until the next start: $why"
    fi
  fi
  noted="$mode $encrypts $sum $why"
  [ "$noted" != "$(cat "$state/encryption" 2>/dev/null)" ] || return 0
  [ -z "$why" ] || say "encryption of PostgreSQL is $encrypts: $why"
  printf '%s\n' "$noted" >"$state/encryption.$$" && mv "$state/encryption.$$" "$state/encryption"
}

encrypts_now() { # by what was noted last
  now=off
  [ ! -f "$state/encryption" ] || read -r _ now _ <"$state/encryption" || :
  [ "$now" = on ]
}

quoted() { sed -e 's/\\/\\\\/g' -e "s/'/''/g"; }

# timescaledb is loaded first, wherever the image has it; what else is loaded stands among the settings.
preload_line() {
  share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql
  [ -f "$share/extension/timescaledb.control" ] || return 0
  more=$(sed -n "s/^shared_preload_libraries = '\(.*\)'\$/\1/p" "$files/settings.conf" 2>/dev/null)
  printf "shared_preload_libraries = 'timescaledb%s'\n" "${more:+,$more}"
}

# What the server reads, at its start and when it is told to read anew. On a full disk that of before stays.
write_server_conf() {
  decide_encryption
  {
    printf "include '%s'\n" "$files/postgresql.conf"
    preload_line
    if [ -n "$UNDERSTUDY_PEER_ADDRESS" ]; then
      printf "primary_slot_name = '%s'\nprimary_conninfo = '%s'\n" "$UNDERSTUDY_SLOT" "$(follow_dsn "$state/pgpass" | quoted)"
    fi
    [ "$encrypts" = off ] || server_ssl
    echo '# whole'
  } >"$state/postgresql.conf.$$"
  if [ "$(tail -n 1 "$state/postgresql.conf.$$")" = '# whole' ]; then
    mv "$state/postgresql.conf.$$" "$state/postgresql.conf"
  else
    rm -f "$state/postgresql.conf.$$"
    return 1
  fi
}

# One turn of what watches: returns 0 when the server must read anew.
encryption_turn() {
  encryption_mode
  [ "$mode" != plain ] || return 1
  turned=1
  if [ -f "$state/plain-peer" ]; then
    note_peer
    [ -f "$state/plain-peer" ] || { say "$UNDERSTUDY_PEER_HOST encrypts: it is asked and followed plain no more"; turned=0; }
  fi
  of=-
  [ ! -f "$state/encryption" ] || read -r _ _ of _ <"$state/encryption" || :
  [ "$of" != - ] || turned=0
  return "$turned"
}
