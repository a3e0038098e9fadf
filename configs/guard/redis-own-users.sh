#!/bin/sh
# own-users.sh watch GUARD: a child of the boot guard. It sees whether the other host knows the user that a standby follows
# as, and has this host's server follow as it from its next login on; as `default`, as before, where it does not. A server
# that does not say changes nothing.
# own-users.sh reload: gives the server that runs our users as the container's files have them now. Whoever is logged in
# stays: ACL LOAD would end the sessions of all users of a file, with Redis 7.0. The same of certificates, and of the mode.
set -u
umask 077
bin=/understudy
state=/data/understudy
conf=$state/redis.conf
files=$bin/files/current
# shellcheck source=configs/guard/redis-login.sh
. $bin/login.sh
# shellcheck source=configs/guard/redis-users.sh
. $bin/users.sh
# shellcheck source=configs/guard/redis-encryption.sh
. $bin/encryption.sh

say() { printf '%s understudy: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }

own_setting() { ask_redis 5 config get "$1" | tr -d '\r' | sed -n 2p; }

follow_as() { # USER PASSWORD
  said=$(lines=$2; ask_redis 5 -x config set masteruser "$1" masterauth)
  [ "$said" = OK ]
}

hold_to() { # yes or no
  was=$(own_setting masteruser)
  case $1 in
    yes)
      password=$(taken_secret understudy_replication "$UNDERSTUDY_PEER_TIMEOUT" there) || return 0
      if [ "$was" = understudy_replication ] && [ "$(own_setting masterauth)" = "$password" ]; then :; else
        follow_as understudy_replication "$password" || return 0
      fi ;;
    no)
      # One that an operator has set is none of ours.
      if [ "$was" = understudy_replication ]; then
        password=$(taken_secret default "$UNDERSTUDY_PEER_TIMEOUT" there) || return 0
        follow_as '' "$password" || return 0
      fi ;;
    *) return 0 ;;
  esac
  note_peer_knows "$1"
}

# Of `default`, while its password is exchanged, and once more afterwards.
exchange_default() { # as commands
  # shellcheck disable=SC2046
  set -- $(sed -n 's/^user default on \(#[0-9a-f]\{64\}\) \(#[0-9a-f]\{64\}\) .*/\1 \2/p' "$files/users.acl")
  if [ $# = 2 ]; then
    printf 'acl setuser default %s %s\n' "$1" "$2"
    printf '%s\n' "${2#?}" >"$state/former-default"
  elif [ -f "$state/former-default" ]; then
    # Given once more before it is taken away: what is not there cannot be.
    read -r former <"$state/former-default" || :
    printf 'acl setuser default #%s !%s\n' "$former" "$former"
    rm -f "$state/former-default"
  fi
}

case $1 in
  watch)
    while kill -0 "$2" 2>/dev/null && [ -d "$state" ]; do
      read -r status _ 2>/dev/null <"$state/status" || status=
      case $status in
        primary | standby)
          encryption_turn
          hold_to "$(peer_knows)" ;;
      esac
      sleep "${UNDERSTUDY_USERS_TURN:-3}"
    done ;;
  reload)
    read_certificates
    encryption_turn
    # `default` is as it was until the next start: what the other host knows of it does not change with this file. While
    # its password is exchanged it takes both, and the former one no more afterwards.
    lines=$(awk '$1 == "user" && $2 != "default" { $1 = "acl setuser"; $2 = $2 " reset"; print }' "$files/users.acl"; exchange_default)
    case $(lines=; redis_as default 20 ping) in
      # It does not run, or has another password than the files: it is given them at its next start.
      '' | NOAUTH* | WRONGPASS*) exit 0 ;;
    esac
    said=$(redis_as default 20)
    refused=$(printf '%s\n' "$said" | grep -v '^OK$' | head -n 1)
    [ -z "$refused" ] || { echo "Redis did not take its users: ${refused%% *}" >&2; exit 1; } ;;
esac
