# shellcheck shell=sh disable=SC2154
# How what runs in this container logs in to a Redis, its own or the other host's. $bin is the folder of the container's
# scripts and files. A password is never an argument. What a server replied goes to standard output, errors too, and what is
# wrong with the connection does not.

# Each child of the guard asks every few seconds: what the shell can do by itself is not given to another process.

# The first line of a file, printed by the shell. Fails where it cannot be read.
print_line() { # FILE
  [ -r "$1" ] || return 1
  line_read=
  { IFS= read -r line_read <"$1"; } 2>/dev/null || :
  printf '%s\n' "$line_read"
}

# The second is where a container of an earlier version has it.
redis_secret() { print_line "$bin/files/current/$1" || print_line "$bin/secrets/$1"; }
has_secret() { # NAME
  if [ -r "$bin/files/current/$1" ]; then [ -s "$bin/files/current/$1" ]; else [ -s "$bin/secrets/$1" ]; fi
}

# A server that does not know the user, or lets it do less than is asked; never one that is silent.
lets_not() { # REPLY
  case ${1#"(error) "} in NOAUTH* | WRONGPASS* | NOPERM*) ;; *) return 1 ;; esac
}

# A server that does not take the password: redis-cli tells that apart, and goes on without a login.
takes_not() { # REPLY
  case ${1#"(error) "} in NOAUTH* | WRONGPASS*) ;; *) return 1 ;; esac
}

guard_state=${UNDERSTUDY_STATE:-/data/understudy}

# How the other host is asked: tls or plain, as encryption.sh has noted it.
read_peer_way() { # sets asked_by
  asked_by=plain
  [ ! -r "$guard_state/peer-way" ] || { IFS= read -r asked_by <"$guard_state/peer-way"; } 2>/dev/null || :
}
peer_way() {
  read_peer_way
  printf '%s\n' "$asked_by"
}

# Words of redis-cli, none with a blank in it. It compares no name with a certificate: the pair's CAs alone are believed, and
# they give certificates to this pair's hosts only.
to_peer() {
  read_peer_way
  case $asked_by in
    tls)
      printf '%s ' -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_TLS_PORT" --tls --cacert "$bin/files/current/ca.crt" \
        --cert "$bin/files/current/guard-client.crt" --key "$bin/files/current/guard-client.key" ;;
    *) printf '%s ' -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" ;;
  esac
}

# What the other host's server says to somebody who sends no login: one that takes no more connections says so before it.
# Of an encrypted connection no certificate is checked: a server whose certificate is out of date, or of others, lives. One
# that takes a connection and ends it may live as well. The status is that of `timeout`, of the first one that was silent.
knock_there() { # SECONDS
  if [ "$(peer_way)" = tls ]; then
    knocked=$(timeout "$1" redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_TLS_PORT" --tls --insecure ping 2>/dev/null </dev/null) || {
      silent=$?
      case $silent in 124 | 137 | 143) return "$silent" ;; esac
    }
    if [ -z "$knocked" ] && takes_connection "$1" "$UNDERSTUDY_PEER_TLS_PORT"; then knocked='NOTLS it takes a connection and ends it'; fi
    [ -z "$knocked" ] || { printf '%s\n' "$knocked"; return 0; }
  fi
  timeout "$1" redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" ping 2>/dev/null </dev/null
}

# By whichever program the image has for it.
takes_connection() { # SECONDS PORT
  if command -v bash >/dev/null 2>&1; then
    # shellcheck disable=SC2016
    timeout "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$UNDERSTUDY_PEER_ADDRESS" "$2" 2>/dev/null </dev/null
  else
    timeout "$1" nc -z "$UNDERSTUDY_PEER_ADDRESS" "$2" >/dev/null 2>&1 </dev/null
  fi
}

# With `there` as the first of its words it asks the other host's server, otherwise this host's. The status is that of `timeout`. Where $lines is set, it goes to redis-cli's standard input: commands, one a line, or with
# `-x` the last word of the one that is given.
redis_with() ( # FILE USER SECONDS WORDS…: with the password in that file
  REDISCLI_AUTH=$(redis_secret "$1")
  user=$2 seconds=$3
  shift 3
  case ${1:-} in
    there)
      shift
      # shellcheck disable=SC2046
      set -- $(to_peer) "$@" ;;
    -h) ;;
    # Where there is one, the port may be closed.
    *) [ ! -S "$guard_state/server.sock" ] || set -- -s "$guard_state/server.sock" "$@" ;;
  esac
  [ "$user" = default ] || set -- --user "$user" "$@"
  export REDISCLI_AUTH
  if [ -n "${lines:-}" ]; then
    printf '%s' "$lines" | timeout "$seconds" redis-cli "$@" 2>/dev/null
  else
    exec timeout "$seconds" redis-cli "$@" 2>/dev/null </dev/null
  fi
)

secret_name() { case $1 in default) echo redis ;; *) echo "${1#understudy_}" ;; esac; } # USER

# With the user's password. While that is exchanged, NAME.before beside it is the former one: a server that does not take
# the one is asked with the other. It is greeted before: of a long command a server says only that nobody is logged in.
redis_as() ( # USER SECONDS WORDS…
  name=$(secret_name "$1")
  if has_secret "$name.before"; then
    where=
    [ "${3:-}" != there ] || where=there
    # shellcheck disable=SC2086
    ! takes_not "$(lines=; redis_with "$name" "$1" "$2" $where ping)" || name=$name.before
  fi
  redis_with "$name" "$@"
)

# Which of the two a server takes. Fails where it does not say.
taken_secret() ( # USER SECONDS [there]
  user=$1 seconds=$2 name=$(secret_name "$1")
  shift 2
  has_secret "$name.before" || { redis_secret "$name"; exit; }
  for one in "$name" "$name.before"; do
    case $(redis_with "$one" "$user" "$seconds" "$@" ping) in
      PONG*) redis_secret "$one"; exit ;;
    esac
  done
  exit 1
)

# As understudy_guard; as `default`, as before there were such users, where the server does not know that one, or lets it do less.
ask_redis() ( # SECONDS WORDS…
  if has_secret guard; then
    heard=$(redis_as understudy_guard "$@")
    code=$?
    if ! lets_not "$heard"; then
      [ -z "$heard" ] || printf '%s\n' "$heard"
      exit "$code"
    fi
  fi
  redis_as default "$@"
)
