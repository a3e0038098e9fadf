# shellcheck shell=sh disable=SC2154 # names are shared with common.sh
# How the two hosts' backup containers speak to each other. In mode used and required, each serves the other host's repository
# by TLS to whoever shows a certificate of the pair, and pushes its own so. In $secrets: `encryption`, the certificates,
# `repository` and `repository-tls`, where this host's repository is. In $backup:
#   plain-store      this host has pushed plain, and has not seen the other one encrypt yet
#   encrypted-store  it has: never plain again
# While the password is exchanged `transport.before` and `repository.before` beside them are of the former one.
transport_mode() {
  mode=plain
  [ ! -f "$secrets/encryption" ] || read -r mode <"$secrets/encryption" || :
  case $mode in used | required) echo tls ;; *) echo plain ;; esac
}

# One that begins with certificates never pushes plain; one of before has pushed something already.
has_pushed_plain() {
  [ ! -f "$backup/encrypted-store" ] || return 1
  [ -f "$backup/plain-store" ] || [ -n "$(find "$backup/status" -name "$host.*" ! -name '*.new' 2>/dev/null | head -n 1)" ]
}

# Asked plain and without a password, a plain store says 401 (who are you?), and one that encrypts 400. Silence says nothing.
store_answers() {
  curl -s -o /dev/null --connect-timeout 5 --max-time 10 -w '%{http_code}' \
    "http://${UNDERSTUDY_PEER_STORE:-}/" 2>/dev/null
}

# tls or plain: how this host reaches its repository.
store_way() {
  if [ "$(transport_mode)" = plain ]; then
    [ -f "$backup/plain-store" ] || : >"$backup/plain-store"
    rm -f "$backup/encrypted-store"
    echo plain
    return
  fi 2>/dev/null
  if has_pushed_plain; then
    case $(store_answers) in
      401) echo plain; return ;;
      400) ;;
      *) echo tls; return ;;
    esac
  fi
  { [ -f "$backup/encrypted-store" ] || : >"$backup/encrypted-store"; } 2>/dev/null
  rm -f "$backup/plain-store" 2>/dev/null
  echo tls
}

# restic wants certificate and key in one file.
client_file() {
  shown=$run/backup-client.$$
  cat "$secrets/backup-client.crt" "$secrets/backup-client.key" >"$shown" && mv "$shown" "$run/backup-client.pem"
}

# What a store says to whoever shows a login: 401 where it is none of its, 000 where nobody answers.
login_answer() { # FILE with the repository's address, words for curl
  address=$(sed -n 's/^rest:\(http.*\)$/\1/p' "$1")
  [ -n "$address" ] || { echo 000; return; }
  shift
  printf 'url = "%sconfig"\n' "$address" |
    curl -sI -o /dev/null --connect-timeout 5 --max-time 10 -w '%{http_code}' "$@" --config - 2>/dev/null
}

# The file with the address and the login that the other host's store takes. While the password is exchanged a store has two
# users: `understudy` with the former one, `understudy-next` with the new one. Which of them it has is asked for each time.
repository_file() { # NAME, words for curl
  name=$1
  shift
  sed 's|//understudy:|//understudy-next:|' "$secrets/$name" >"$run/$name.$$" && mv "$run/$name.$$" "$run/$name"
  for one in "$secrets/$name" "$run/$name" "$secrets/$name.before"; do
    [ -f "$one" ] || continue
    [ "$(login_answer "$one" "$@")" != 401 ] || continue
    printf '%s' "$one"
    return
  done
  printf '%s' "$secrets/$name"
}

# Words for restic, none with a blank in it.
to_store() {
  case $(store_way) in
    tls)
      client_file
      file=$(repository_file repository-tls --cacert "$secrets/ca.crt" --cert "$secrets/backup-client.crt" --key "$secrets/backup-client.key")
      printf '%s ' --repository-file "$file" --cacert "$secrets/ca.crt" --tls-client-cert "$run/backup-client.pem" ;;
    *) printf '%s ' --repository-file "$(repository_file repository)" ;;
  esac
}

# What a server of the store was started with.
transport_files() {
  transport_mode
  cat "$secrets/server.crt" "$secrets/server.key" "$secrets/ca.crt" "$secrets/transport" "$secrets/transport.before" 2>/dev/null | cksum
}

# Serves the other host's repository, until what it was started with is something else: rclone reads its files once.
serve_store() {
  former=$secrets/transport.before
  [ -f "$former" ] || former=$secrets/transport
  {
    printf 'understudy:%s\n' "$(openssl passwd -apr1 -in "$former")"
    printf 'understudy-next:%s\n' "$(openssl passwd -apr1 -in "$secrets/transport")"
  } >"$run/htpasswd"
  set -- --config "$run/rclone.conf" --log-level ERROR --addr "${UNDERSTUDY_STORE_LISTENS:-:8011}" --append-only --cache-objects=false --htpasswd "$run/htpasswd"
  [ "$(transport_mode)" = plain ] || set -- "$@" --cert "$secrets/server.crt" --key "$secrets/server.key" \
    --client-ca "$secrets/ca.crt" --min-tls-version tls1.2
  with=$(transport_files)
  rclone serve restic "$@" "$backup/repository" &
  store=$!
  trap 'kill "$store" 2>/dev/null; exit 0' TERM INT
  while kill -0 "$store" 2>/dev/null && [ "$(transport_files)" = "$with" ]; do
    sleep 3 &
    wait $!
  done
  kill "$store" 2>/dev/null
  wait "$store" 2>/dev/null
  trap - TERM INT
}
