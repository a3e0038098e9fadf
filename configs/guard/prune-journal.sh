#!/bin/sh
# prune-journal.sh STORE STATE GUARD: takes events of our own journal away when they are older than UNDERSTUDY_JOURNAL_DAYS,
# on the primary; its standby follows. A child of the boot guard; it touches nothing else. How far it has pruned is noted
# in the store itself, with the first events that go: nobody who compares two copies later takes what was pruned for lost.
# A clock that may be wrong prunes nothing: it must have run evenly for two hours, longer than any probe writes.
set -u
umask 077
store=$1 state=$2 guard=$3 bin=${0%/*}
turn=${UNDERSTUDY_PRUNE_TURN:-60} every=${UNDERSTUDY_PRUNE_EVERY:-3600} steady=${UNDERSTUDY_PRUNE_STEADY:-7200}
pause=${UNDERSTUDY_PRUNE_PAUSE:-0.5}
days=${UNDERSTUDY_JOURNAL_DAYS:-7}

clock() { # sets now and up: seconds of the clock, and seconds that its machine has run, which no step moves
  now=$(date +%s)
  read -r up _ </proc/uptime
  up=${up%.*}
}

# One batch of events before HORIZON, epoch seconds; prints how many went, and fails where nothing can be pruned. Each is
# so small that neither clients nor the standby notice.
batch_of_postgres() {
  [ ! -f "$state/demoting" ] || return 1
  PGAPPNAME=understudy_pruner PGOPTIONS="${PGOPTIONS:-} -c statement_timeout=30s -c lock_timeout=2s" \
    timeout 40 psql -h /var/run/postgresql -U postgres -d understudy -AtqX -v ON_ERROR_STOP=1 2>/dev/null </dev/null -c "
    with old as (select max(written_at) as last from (
        select written_at from understudy.events where written_at < to_timestamp($1) order by written_at limit 10000) oldest),
      noted as (insert into understudy.events (run, seq) select 'understudy:pruned', $1 from old where last is not null
          and not exists (select from understudy.events where run = 'understudy:pruned' and seq >= $1)),
      gone as (delete from understudy.events using old where written_at <= old.last returning 1)
    select count(*) from gone"
}

batch_of_redis() {
  # shellcheck source=configs/guard/redis-login.sh
  . "$bin/login.sh"
  oldest=$(ask_redis 10 xrange understudy:events - "$(($1 * 1000 - 1))" count 1) || return 1
  [ -n "$oldest" ] || { echo 0; return; }
  (
    lines=$(printf 'multi\nset understudy:pruned %s000\nxtrim understudy:events minid ~ %s000 limit 50000\nexec' "$1" "$1")
    ask_redis 10
  ) | sed -n '$p' | grep -x '[0-9][0-9]*'
}

prune() {
  while kill -0 "$guard" 2>/dev/null; do
    gone=$("batch_of_$store" "$1") || return
    [ "${gone:-0}" -gt 0 ] || return 0
    sleep "$pause"
  done
}

clock
offset=$((now - up)) since=$up last=
while kill -0 "$guard" 2>/dev/null && [ -d "$state" ]; do
  clock
  step=$((now - up - offset))
  offset=$((now - up))
  [ "$step" -gt -60 ] && [ "$step" -lt 60 ] || since=$up
  read -r status _ 2>/dev/null <"$state/status" || status=
  if [ "$status" = primary ] && [ $((up - since)) -ge "$steady" ] && { [ -z "$last" ] || [ $((up - last)) -ge "$every" ]; }; then
    last=$up
    prune $((now - days * 86400))
  fi
  sleep "$turn"
done
