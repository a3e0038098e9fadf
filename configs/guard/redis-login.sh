# shellcheck shell=sh disable=SC2154
# How what runs in this container logs in to a Redis, its own or the other host's. $bin is the folder of the container's
# scripts and files. A password is never an argument. What a server replied goes to standard output, errors too, and what is
# wrong with the connection does not.

# The second is where a container of an earlier version has it.
redis_secret() { cat "$bin/files/current/$1" 2>/dev/null || cat "$bin/secrets/$1" 2>/dev/null; }

# A server that does not know the user, or lets it do less than is asked; never one that is silent.
lets_not() { # REPLY
  case ${1#"(error) "} in NOAUTH* | WRONGPASS* | NOPERM*) ;; *) return 1 ;; esac
}

# The status is that of `timeout`. Where $lines is set, it goes to redis-cli's standard input: commands, one a line, or with
# `-x` the last word of the one that is given.
redis_as() ( # USER SECONDS WORDS…
  user=$1 seconds=$2
  shift 2
  case $user in
    default) REDISCLI_AUTH=$(redis_secret redis) ;;
    *) REDISCLI_AUTH=$(redis_secret "${user#understudy_}"); set -- --user "$user" "$@" ;;
  esac
  export REDISCLI_AUTH
  if [ -n "${lines:-}" ]; then
    printf '%s' "$lines" | timeout "$seconds" redis-cli "$@" 2>/dev/null
  else
    timeout "$seconds" redis-cli "$@" 2>/dev/null </dev/null
  fi
)

# As understudy_guard; as `default`, as before there were such users, where the server does not know that one, or lets it do less.
ask_redis() ( # SECONDS WORDS…
  if [ -n "$(redis_secret guard)" ]; then
    heard=$(redis_as understudy_guard "$@")
    code=$?
    if ! lets_not "$heard"; then
      [ -z "$heard" ] || printf '%s\n' "$heard"
      exit "$code"
    fi
  fi
  redis_as default "$@"
)
