#!/bin/sh
# follow-record.sh STORE STATE GUARD: notes how far this host follows its primary, for an unplanned failover and for status. A
# child of the boot guard; it decides nothing and changes nothing. Every 2 s it asks the primary for its position, and
# notes the time of asking once that position is received and replayed here. A primary notes the same of its standby.
# STATE/followed, key=value, always whole; a time is epoch seconds of this host's clock, and NAME_up the seconds that its
# machine had run since `boot`, which no step of the clock moves:
#   role, boot, began   of this record: primary or standby, and since when it is kept
#   turn                the last time it was written
#   has_all             the standby has everything that was written up to here; empty: never since it began
#   alive               last time the peer answered as what it should be
#   answered            last sign of life of any kind: also of a server that answers and does not serve
#   refused, refused_as last time the primary lived and would not let this host follow, and the reason then
#   reason              what the link is; anything but `streaming` leaves the pair unprotected:
#     silent (nothing answers), not-serving (a server answers and does not serve), slot-missing, slot-lost, login,
#     timeline (another history), role (it is no primary), not-streaming (none of these), no-standby (on a primary),
#     away (this host's own server does not answer)
#   since               since when the link streams, or does not for whatever reasons
# STATE/unprotected: one line for people, there only while the pair is unprotected.
# shellcheck disable=SC2034 # the names are read by eval
set -u
umask 077
store=$1 state=$2 guard=$3 bin=${0%/*}
pause=2
bound=$((UNDERSTUDY_PEER_TIMEOUT + 1))

clock() { # sets now and up
  now=$(date +%s)
  read -r up _ </proc/uptime
  up=${up%.*}
}

forget() { # a new record, of this role
  role=$1 began=$now began_up=$up
  has_all='' has_all_up='' alive='' alive_up='' answered='' answered_up='' refused='' refused_up='' refused_as=''
  reason='' since='' since_up='' newest='' pending=''
}

remember() { # what an earlier run of this script noted, when it is of the same role
  forget "$1"
  [ -f "$state/followed" ] && grep -q "^role=$role\$" "$state/followed" || return 0
  while IFS='=' read -r key value; do
    case $key in
      began | began_up | has_all | has_all_up | alive | alive_up | answered | answered_up | refused | refused_up | since | since_up)
        case $value in *[!0-9]*) ;; *) eval "$key=\$value" ;; esac ;;
      reason) reason=$value ;;
      refused_as) refused_as=$value ;;
      boot) boot_then=$value ;;
    esac
  done <"$state/followed"
  # Of an earlier run of the machine only the clock's times say anything.
  [ "${boot_then:-}" = "$boot" ] || { began_up='' has_all_up='' alive_up='' answered_up='' refused_up='' since_up=''; not_ahead; }
}

# The clock was ahead then: how long ago these were nobody knows. What speaks for this host is dropped, before the clock
# comes to where it was; what speaks of the other one may have been just now.
not_ahead() {
  [ "${has_all:-0}" -le "$now" ] || has_all=''
  for key in began alive answered refused since; do
    eval "[ \"\${$key:-0}\" -le \"$now\" ] || $key=$now"
  done
}

write() {
  {
    printf 'role=%s\nboot=%s\nturn=%s\nturn_up=%s\nreason=%s\nrefused_as=%s\n' \
      "$role" "$boot" "$now" "$up" "$reason" "$refused_as"
    for key in began has_all alive answered refused since; do
      eval "printf '%s=%s\n%s_up=%s\n' $key \"\$$key\" $key \"\$${key}_up\""
    done
  } >"$state/followed.new" && mv "$state/followed.new" "$state/followed"
}

link_is() { # REASON: on the disk at once when it changes
  case $1,$reason in
    streaming,streaming) ;;
    streaming,* | *,streaming | *,) since=$now since_up=$up ;;
  esac
  if [ "$1" = streaming ]; then
    rm -f "$state/unprotected"
  else
    began_at=$since
    [ -z "$since_up" ] || began_at=$((now - up + since_up)) # by the clock as it is now
    printf 'unprotected since %s: %s\n' "$(date -u -d "@$began_at" +%Y-%m-%dT%H:%M:%SZ)" "$1" >"$state/unprotected.new" &&
      mv "$state/unprotected.new" "$state/unprotected"
  fi
  changed=$reason
  reason=$1
  write
  [ "$changed" = "$reason" ] || sync "$state/followed" 2>/dev/null || :
}

lives() { alive=$asked alive_up=$asked_up answered=$asked answered_up=$asked_up; }
answers() { answered=$asked answered_up=$asked_up; }
refuses() { refused=$asked refused_up=$asked_up refused_as=$1; } # REASON

# A busy primary is always ahead: the position of an earlier turn is kept until it is here.
keep_pending() { [ -n "$pending" ] || pending=$newest pending_at=$asked pending_up=$asked_up; }
has() { # WHICH: newest or pending
  case $1 in
    newest) has_all=$asked has_all_up=$asked_up ;;
    pending) has_all=$pending_at has_all_up=$pending_up ;;
  esac
  pending=''
}

# shellcheck source=/dev/null
. "$bin/follow-$store.sh"

boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null) || boot=unknown
role='' pending_at='' pending_up=''
while kill -0 "$guard" 2>/dev/null && [ -d "$state" ]; do
  read -r status _ 2>/dev/null <"$state/status" || status=
  # A drill that stops this server is not disturbed.
  case $status in
    primary | standby)
      if [ ! -f "$state/demoting" ]; then
        clock
        asked=$now asked_up=$up
        now_is=$(own_role)
        if [ -n "$now_is" ] && [ "$now_is" != "$role" ]; then
          if [ -z "$role" ]; then remember "$now_is"; else forget "$now_is"; fi
        fi
        if [ -z "$now_is" ]; then
          [ -z "$role" ] || link_is away
        else
          "look_as_$role"
        fi
      fi ;;
  esac
  sleep "$pause"
done
