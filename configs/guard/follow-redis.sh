# shellcheck shell=sh disable=SC2154
# Redis's part of follow-record.sh: what this server and its peer say. A position is an offset of the replication stream.
# shellcheck source=configs/guard/redis-login.sh
. "$bin/login.sh"

here() { ask_redis "$bound" "$@"; }
there() { ask_redis "$bound" there "$@"; }

# Lines of INFO end with both.
end_of_line='
'
carriage_return=$(printf '\r')

field() { # NAME TEXT: by the shell itself, which is asked for several every 2 s
  rest=$end_of_line$2
  case $rest in *"$end_of_line$1:"*) ;; *) return 0 ;; esac
  rest=${rest#*"$end_of_line$1:"}
  rest=${rest%%"$end_of_line"*}
  printf '%s\n' "${rest%"$carriage_return"}"
}

own_role() {
  own=$(here info replication)
  case $(field role "$own") in master) echo primary ;; slave) echo standby ;; esac
}

# A server that answers without a login, or with an error, lives.
hears() { [ -n "$(knock_there "$bound")" ]; }

logs_in() { # as whom, and with the password, that this server follows
  user=$(here config get masteruser | tr -d '\r' | sed -n 2p)
  with=$(here config get masterauth | tr -d '\r' | sed -n 2p)
  # shellcheck disable=SC2046
  said=$(REDISCLI_AUTH=$with timeout "$bound" redis-cli ${user:+--user "$user"} $(to_peer) ping 2>/dev/null </dev/null)
  [ -n "$said" ] && ! lets_not "$said"
}

look_as_standby() {
  peer=$(there info replication)
  case $(field role "$peer") in
    master) ;;
    slave) answers; link_is role; return ;;
    *) if hears; then answers; link_is not-serving; else link_is silent; fi; return ;;
  esac
  lives
  newest=$(field master_repl_offset "$peer")
  keep_pending
  own=$(here info replication)
  offset=$(field slave_repl_offset "$own")
  up_now=$(field master_link_status "$own")
  if [ "$(field master_replid "$own")" = "$(field master_replid "$peer")" ] && [ "$(field master_sync_in_progress "$own")" = 0 ]; then
    if [ "${offset:--1}" -ge "$newest" ]; then has newest; elif [ "${offset:--1}" -ge "$pending" ]; then has pending; fi
  fi
  if [ "$up_now" = up ]; then
    link_is streaming
  elif logs_in; then
    link_is not-streaming
  else
    refuses login
    link_is login
  fi
}

look_as_primary() {
  own=$(here info replication)
  newest=$(field master_repl_offset "$own")
  [ -n "$newest" ] || { link_is away; return; }
  keep_pending
  offset=$(printf '%s\n' "$own" | sed -n 's/^slave[0-9]*:.*state=online,offset=\([0-9]*\),.*/\1/p' | head -n 1)
  [ -n "$offset" ] || { link_is no-standby; return; }
  lives
  if [ "$offset" -ge "$newest" ]; then has newest; elif [ "$offset" -ge "$pending" ]; then has pending; fi
  link_is streaming
}
