# shellcheck shell=sh disable=SC2154 # names are shared with redis-guard.sh
# The users of this host's Redis. Its ACL file is composed anew at each start: `default`, with the configured password, and
# ours as the container's files have them, as digests; then whatever users an operator has made, which nothing here drops.
# Files in $state:
#   users.acl         what Redis starts with; ACL SAVE writes it too
#   users.set-aside   lines that no server takes, such as of a torn file; they are kept for people
#   replication-user  the other host knows understudy_replication, so this one follows as it
users=$state/users.acl
given=$files/users.acl

# Lines `user …` of these files that are neither `default` nor ours; of a name the first one counts.
made_by_operators() {
  awk -v given="$given" 'FILENAME == given { own[$2] = 1; next } $1 == "user" && NF > 2 && !($2 in own) { own[$2] = 1; print }' "$given" "$@"
}

# What would leave `default` without a password opens the server to everybody.
keeps_default() { # FILE
  [ "$(grep -c '^user default on \(#[0-9a-f]\{64\} \)\{1,2\}~\* &\* +@all$' "$1")" = 1 ] && ! grep '^user default ' "$1" | grep -q nopass
}

# Whether this image's server stands with these settings: one of its own, without a port, which answers, or has ended at once.
stands_with() { # FOLDER of its own, SETTINGS…
  redis-server --port 0 --unixsocket "$1/s" --dir "$@" --save '' --appendonly no >/dev/null 2>&1 &
  trial=$!
  turns=0
  while kill -0 "$trial" 2>/dev/null && [ "$turns" -lt 200 ] && [ -z "$(timeout 2 redis-cli -s "$1/s" ping 2>/dev/null </dev/null)" ]; do
    turns=$((turns + 1))
    sleep 0.05
  done
  # One that is only slow has read its files: it does so before anything else.
  kill -KILL "$trial" 2>/dev/null && stood=0 || stood=1
  wait "$trial" 2>/dev/null
  return "$stood"
}

# Whether a server takes the file.
loads() { # FILE
  keeps_default "$1" || return 1
  room=$state/users.try
  rm -rf "$room" && mkdir "$room" || return 1
  stands_with "$room" --aclfile "$1" && loaded=0 || loaded=1
  rm -rf "$room"
  return "$loaded"
}

set_aside() { # NAME LINE
  say "Redis' user $1 is not taken by this server, and is kept in $state/users.set-aside"
  printf '%s\n' "$2" >>"$state/users.set-aside"
}

# One line that no server takes would keep all others from being loaded.
without_bad_lines() {
  cp "$given" "$users.new" || return 1
  made_by_operators "$@" >"$users.each" || return 1
  while read -r line; do
    cp "$users.new" "$users.one" && printf '%s\n' "$line" >>"$users.one" || return 1
    name=${line#user }
    if loads "$users.one"; then mv "$users.one" "$users.new"; else set_aside "${name%% *}" "$line"; fi
  done <"$users.each"
  rm -f "$users.one" "$users.each"
}

# What is in the file and is no user's line: somebody else has written it, or a write was torn.
keep_damaged() {
  [ -f "$users" ] || return 0
  damaged=$(awk 'NF && ($1 != "user" || NF < 3)' "$users")
  [ -z "$damaged" ] || set_aside "${damaged%%[!a-zA-Z0-9_-]*}" "$damaged"
}

# Returns 1 where Redis has to start without an ACL file: `default` has its password from secrets.conf then.
compose_users() {
  rm -f "$users.new" "$users.one" "$users.each"
  [ -s "$given" ] || return 1
  # Where CONFIG REWRITE has left users, there was no ACL file: they are the newer ones.
  set --
  [ ! -f "$conf" ] || set -- "$conf"
  [ ! -f "$users" ] || set -- "$@" "$users"
  { cat "$given" && { [ $# = 0 ] || made_by_operators "$@"; }; } >"$users.new" && keep_damaged
  if ! loads "$users.new"; then
    loads "$given" || { say "this server does not take the product's own users: it starts without them"; rm -f "$users.new"; return 1; }
    without_bad_lines "$@" || { rm -f "$users.new" "$users.one" "$users.each"; return 1; }
  fi
  flush && mv "$users.new" "$users" && flush
}

# Users in a configuration file without an ACL file beside it, as a server of before had them.
users_without_file() { [ ! -f "$conf" ] || awk '$1 == "user" && NF > 2 && $2 != "default"' "$conf"; }

# Whether the other host knows the user that a standby follows as: yes, no, or nothing where it does not say.
peer_knows() {
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] || return 0
  knows=$(redis_as understudy_replication "$UNDERSTUDY_PEER_TIMEOUT" there ping)
  case $knows in PONG*) echo yes ;; NOAUTH* | WRONGPASS*) echo no ;; esac
}

note_peer_knows() { # yes or no
  case $1 in
    yes) : >"$state/replication-user" ;;
    no) rm -f "$state/replication-user" ;;
  esac
}

# Lines for the configuration file; what secrets.conf has before them is `default`'s.
follows_as() {
  secret=$(taken_secret understudy_replication "$UNDERSTUDY_PEER_TIMEOUT" there) || secret=$(redis_secret replication)
  [ -n "$secret" ] && [ -f "$state/replication-user" ] || return 0
  printf 'masteruser understudy_replication\nmasterauth %s\n' "$secret"
}
