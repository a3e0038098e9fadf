# shellcheck shell=sh disable=SC2154,SC2034 # names are shared with redis-guard.sh
# Redis's part of the identity that ties a pair: a word, made once. It lies in the data themselves, as the key below, and in
# $state/identity, so that a server that has lost its data, or has another pair's, is told from one that is merely empty.
# Files in $state:
#   identity   WORD, and `shared` once this host was seen to have the same data as its peer, or to be alone in having any
#   form       form of the data and version of the server, as it was last seen to read them
#   lost       the server was started and did not have the pair's data: it is not started as a primary again
#   anew       the operator's word to start with empty data all the same, once
#   stranger   the primary has other data than this host: it is not followed
#   adopt      the operator's word to follow it all the same, once; what is here is saved before
# A primary gives no full copy to a replica before it was seen to have the pair's data: until then it lets it wait.
identity_key=understudy:identity
usual_delay=$(sed -n 's/^repl-diskless-sync-delay *//p' "$files/redis.conf")
usual_delay=${usual_delay:-5}

own_identity() { identity='' shared=''; [ ! -f "$state/identity" ] || read -r identity shared <"$state/identity" || :; }

note_identity() { # WORD [shared]
  printf '%s\n' "$*" >"$state/identity.new" && mv "$state/identity.new" "$state/identity" && flush
}

has_data() {
  [ -f /data/dump.rdb ] || { [ -d /data/appendonlydir ] && [ -n "$(ls -A /data/appendonlydir)" ]; }
}

# What begins the data, such as REDIS0011 or VALKEY080: the form that the server which wrote them writes.
forms_of_data() {
  for file in /data/appendonlydir/*.base.rdb /data/dump.rdb; do
    [ ! -f "$file" ] || { head -c 9 "$file"; echo; }
  done | grep -x '[A-Z]*[0-9]*' | sort -u
}

# Whether this image's server reads a form: one of its own is given a file of that form that holds nothing.
# redis-check-rdb is not asked: Valkey's says yes to forms at which its server ends.
reads_form() { # FORM
  room=$state/form.try
  rm -rf "$room" && mkdir "$room" || return 0
  printf '%s\377\0\0\0\0\0\0\0\0' "$1" >"$room/dump.rdb"
  stands_with "$room" --dbfilename dump.rdb && readable=0 || readable=1
  rm -rf "$room"
  return "$readable"
}

# A server ends at data of a form that it does not know, and would be started for ever. Returns 1 and says so. An image
# whose server does not stand at the oldest form either is not judged, and the operator's word to leave the data goes before.
can_read_data() {
  [ ! -f "$state/anew" ] && [ ! -f "$state/adopt" ] || return 0
  version=$(redis-server --version | sed 's/ sha=.*//')
  for form in $(forms_of_data); do
    [ "$form $version" != "$(cat "$state/form" 2>/dev/null)" ] || continue
    if reads_form "$form"; then
      printf '%s %s\n' "$form" "$version" >"$state/form"
    elif reads_form REDIS0009; then
      become held "the data here are of the form $form, which a newer server wrote and this image does not read ($version); nothing is changed; name the image of before, or a newer one, in the environment file, then: understudy up --execute"
      return 1
    fi
  done
}

ask_own() { ask_redis 5 "$@" | tr -d '\r'; }

ask_there() { ask_redis "$UNDERSTUDY_PEER_TIMEOUT" there "$@" | tr -d '\r'; }

word_of() { # COMMAND…: the identity in a server's data; empty where there is none, `?` where it says something else, `-` where nothing
  said=$("$@" --no-raw get "$identity_key")
  case $said in
    '"'*'"') said=${said#\"}; printf '%s\n' "${said%\"}" ;;
    '(nil)') ;;
    '') echo - ;;
    *) echo '?' ;;
  esac
}

keys_of() { # COMMAND…: how many keys a server has in all its databases; empty when it does not say
  "$@" info | awk -F '[=,]' '/^role:/ { said = 1 } /^db[0-9]+:keys=/ { sum += $2 } END { if (said) print sum + 0 }'
}

# A host that had the pair's data and has lost them does not begin anew by itself, whoever releases it. Returns 1 when it
# must not start as a primary; sets begins when the operator lets it begin with empty data.
may_start_as_primary() {
  begins=
  own_identity
  [ -n "$identity" ] || return 0
  [ ! -f "$state/lost" ] && has_data && return 0
  peer=silent
  [ -z "$UNDERSTUDY_PEER_ADDRESS" ] || ask_peer
  [ "$peer" != primary ] || { : >"$state/paired"; return 0; } # it is followed
  if [ -f "$state/anew" ]; then
    save_data && rm -rf /data/appendonlydir /data/dump.rdb && rm -f "$state/identity" "$state/lost" "$state/anew" && flush || return 1
    say "begins with empty data, by the operator's word"
    begins=yes
    return 0
  fi
  back="understudy backup restore --host $UNDERSTUDY_HOST --service redis --to service; to begin with empty data: understudy up --begin-anew $UNDERSTUDY_ENVIRONMENT/$UNDERSTUDY_HOST --execute"
  [ -z "$UNDERSTUDY_PEER_ADDRESS" ] || back="understudy failover --unplanned --to $UNDERSTUDY_PEER_HOST --execute; or a backup: $back"
  become held "empty, and the data of this pair ($identity) are lost here; they come back by: $back"
  return 1
}

ours_there() { # how many of the peer's keys are the product's own
  ours=$(ask_there exists "$identity_key" understudy:events)
  case $ours in '' | *[!0-9]*) echo 0 ;; *) echo "$ours" ;; esac
}

# A standby gives up what it has for what its primary has; $peer is empty where it was not asked yet. Returns 1 when the
# primary has other data: then it is not followed.
may_follow() {
  rm -f "$state/stranger"
  has_data || return 0
  [ -n "$peer" ] || ask_peer
  [ "$peer" = primary ] || return 0 # a silent primary lets its replicas wait until it knows whose data it has
  own_identity
  there=$(word_of ask_there)
  [ "$there" != '?' ] || return 0
  [ "$there" != - ] || { become asking "$UNDERSTUDY_PEER_HOST has not said yet whose data it has"; return 1; }
  copy=
  if [ -n "$identity" ]; then
    [ "$there" != "$identity" ] || { rm -f "$state/adopt"; return 0; }
    why="has not the data of this pair ($identity)"
  else
    # Data from before there were identities: what a primary without any keys of a user's would wipe is saved before.
    keys=$(keys_of ask_there)
    [ "$((${keys:-0} - $(ours_there)))" -le 0 ] || { rm -f "$state/adopt"; return 0; }
    [ -z "$there" ] || copy=yes
    why="has no keys"
  fi
  if [ -n "$copy" ] || [ -f "$state/adopt" ]; then
    # Without them it asks for nothing but a full copy, which a primary gives to a host without data.
    save_data && rm -rf /data/appendonlydir /data/dump.rdb && rm -f "$state/adopt" "$state/identity" "$state/lost" && return 0
    become held "what is here could not be saved before following $UNDERSTUDY_PEER_HOST: is the disk full? It is tried again"
    return 1
  fi
  : >"$state/stranger"
  become held "$UNDERSTUDY_PEER_HOST is primary and $why, and this host has data: it does not follow; next: understudy failover --unplanned --to $UNDERSTUDY_HOST --execute; or, to keep these data aside and follow: understudy rejoin $UNDERSTUDY_HOST --execute"
  return 1
}

# The server's data, once they are loaded: whether they are the pair's. What this host has from before there were
# identities is given one. Returns 1 when they are not.
check_own_data() {
  word=$(word_of ask_own)
  case $word in '?' | -) return 0 ;; esac
  own_identity
  if [ -z "$identity" ]; then
    if [ -n "$word" ]; then
      note_identity "$word" || return 0
    else
      word=$(cat /proc/sys/kernel/random/uuid)
      ask_own set "$identity_key" "$word" nx >/dev/null
      sleep 2 # it is on the disk after a second: the file must not know a word that the data lose
      [ "$(word_of ask_own)" = "$word" ] && note_identity "$word" || return 0
    fi
  elif [ "$word" != "$identity" ]; then
    return 1
  fi
  checked=yes
}

# A peer that has the same data, or none, or the same from before there were identities, may have a full copy.
check_peer_data() {
  own_identity
  [ -n "$UNDERSTUDY_PEER_ADDRESS" ] && [ "$shared" != shared ] || return 0
  there=$(word_of ask_there)
  case $there in "$identity") return 0 ;; '?' | -) return 1 ;; esac
  theirs=$(keys_of ask_there)
  [ -n "$theirs" ] || return 1
  [ "$theirs" -gt 0 ] || return 0
  [ -z "$there" ] && [ "$(keys_of ask_own)" -gt 1 ] && return 0
  [ -n "$told" ] || say "$UNDERSTUDY_PEER_HOST has $theirs keys of other data than this host: it gets no copy of these; next: understudy status"
  told=yes
  return 1
}

# A child of the guard, which is process GUARD: while the server is primary its data have the identity, also after
# FLUSHALL; while it is a standby the file follows the data. ROLE is what it was started as.
keep_identity() { # GUARD ROLE
  checked='' told='' open=''
  [ "$2" = primary ] || checked=yes open=yes
  while sleep "$([ -n "$open" ] && echo 2 || echo 0.3)" && kill -0 "$1" 2>/dev/null && [ -d "$state" ]; do
    case $(ask_own role | head -n 1) in
      master)
        if [ -z "$checked" ]; then
          check_own_data && continue
          : >"$state/lost" && flush
          say "the server does not have the data of this pair: it is stopped"
          ask_own shutdown >/dev/null || kill -TERM "$server" 2>/dev/null
          return
        elif [ -z "$open" ]; then
          check_peer_data || continue
          ask_own config set repl-diskless-sync-delay "$usual_delay" >/dev/null
          [ "$(ask_own config get repl-diskless-sync-delay | sed -n 2p)" = "$usual_delay" ] && open=yes
          [ "$shared" = shared ] || note_identity "$identity shared"
        else
          own_identity
          [ -n "$identity" ] || { check_own_data; continue; }
          case $(word_of ask_own) in
            "$identity" | '?' | -) ;;
            *) ask_own set "$identity_key" "$identity" >/dev/null ;;
          esac
        fi ;;
      slave)
        checked=yes
        own_identity
        word=$(word_of ask_own)
        case $word in
          '' | '?' | -) ;;
          "$identity") [ "$shared" = shared ] || note_identity "$word shared" ;;
          *) ask_own info replication | grep -q '^master_link_status:up' && note_identity "$word shared" ;;
        esac ;;
    esac
  done
}
