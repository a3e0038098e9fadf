#!/bin/sh
# How a standby looks at its peer's PostgreSQL, inside the timescaledb container; the drill opens it and speaks to it over
# its stdin. A line of input is how many seconds a look may take. Its answer is key=value lines, then `ok`:
#   role   primary or standby: the peer let this host in, and this is what it is
#   sign   where it did not: lives (a server answers), silent (none does), unknown (it could not be asked from here)
#   code   where it lives: 57P03 for a server that takes nobody in yet, or no more; else not-let-in
#   words  what psql said of it, for people: nothing is decided by them
# psql shows no SQLSTATE when it cannot connect; pg_isready tells by its exit code whether a server answered.
set -u
state=${PGDATA%/*}/understudy
export LC_ALL=C PGPASSFILE="$state/pgpass" PGAPPNAME=understudy_look
said=$(mktemp) || { echo "error no file for what psql says"; exit 1; }
trap 'rm -f "$said"' EXIT

# Asked plain, which every server answers: a certificate that is refused is no silence.
listens() { # SECONDS
  PGSSLMODE=disable pg_isready -q -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" -t "$1" </dev/null >/dev/null 2>&1
}

# Standard error is no part of the answer: a server may send a WARNING before it.
role_as() { # ROLE SECONDS
  encrypted=
  [ ! -f "$state/ssl-guard" ] || read -r encrypted <"$state/ssl-guard" || :
  PGCONNECT_TIMEOUT=$2 timeout "$2" psql -AtqX \
    -d "host=$UNDERSTUDY_PEER_ADDRESS port=$UNDERSTUDY_PEER_PORT user=$1 dbname=understudy $encrypted" \
    -c "select case when pg_is_in_recovery() then 'standby' else 'primary' end" </dev/null 2>"$said"
}

# A container of before there were roles asks as the superuser; so does one whose data do not have them yet. Of a session
# that failed nothing is printed: one that was ended when its time was up may have had its answer out already.
role() { # SECONDS
  if [ -n "${UNDERSTUDY_GUARD_USER:-}" ]; then
    heard=$(role_as "$UNDERSTUDY_GUARD_USER" "$1") && { printf '%s\n' "$heard"; return; }
    [ ! -f "$state/own-roles" ] || return
  fi
  heard=$(role_as postgres "$1") && printf '%s\n' "$heard"
}

while read -r seconds; do
  listens "$seconds"
  case $? in
    0)
      peer=$(role "$seconds")
      case $peer in
        primary | standby) printf 'role=%s\n' "$peer" ;;
        *) printf 'sign=lives\ncode=not-let-in\nwords=%s\n' "$(tr '\n' ' ' <"$said")" ;;
      esac ;;
    1) printf 'sign=lives\ncode=57P03\n' ;;
    2) echo sign=silent ;;
    *) echo sign=unknown ;;
  esac
  echo ok
done
