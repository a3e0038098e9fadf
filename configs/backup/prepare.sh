#!/bin/sh
# How each service's data are made ready: consistent, and where restic can read them. Each function sets `paths`, and
# where it has any `tags` and restic's `options`; it fails with its reason in the file $why. Where a restore can be
# compared with what is counted now, tags say so: content:NAME=VALUE, with hyphens for blanks.
# shellcheck disable=SC2034,SC2154 # take.sh sets and uses them

fail() { printf '%s\n' "$*" >>"$why"; return 1; }

get() { curl -fsS --max-time "${2:-30}" "$1" 2>>"$why"; }
post() { curl -fsS --max-time 60 -X POST "$1" 2>>"$why"; }
post_json() { curl -fsS --max-time 60 -H 'content-type: application/json' --data "$2" "$1" 2>>"$why"; }

# Words of redis-cli for this host's own Redis, none with a blank in it: encrypted where our sessions are, since it may take
# no others. Not its name but the pair's CAs are compared.
own_redis_tls() {
  case $(cat "$secrets/encryption" 2>/dev/null) in
    used | required)
      printf '%s ' -p 6380 --tls --cacert "$secrets/ca.crt" --cert "$secrets/replication-client.crt" \
        --key "$secrets/replication-client.key" ;;
  esac
}

snapshot_redis() { # FILE with the password
  # shellcheck disable=SC2046
  REDISCLI_AUTH=$(cat "$secrets/$1") redis-cli --user "$UNDERSTUDY_REDIS_USER" -h understudy-redis $(own_redis_tls) --no-auth-warning --rdb "$staging/dump.rdb" >"$run/rdb" 2>&1
}

prepare_redis() {
  mkdir -p "$staging"
  # While the password is exchanged redis.before beside it is the former one.
  snapshot_redis redis || { [ -f "$secrets/redis.before" ] && snapshot_redis redis.before; } ||
    fail "redis-cli: $(one_line <"$run/rdb")" || return 1
  redis-check-rdb "$staging/dump.rdb" >"$run/rdb" 2>"$run/rdb.err" ||
    fail "the snapshot that Redis sent is not sound: $(cat "$run/rdb" "$run/rdb.err" | one_line)" || return 1
  tags="content:lasting-keys=$(($(sed -n 's/.* \([0-9]*\) keys read$/\1/p' "$run/rdb") - $(sed -n 's/.* \([0-9]*\) expires$/\1/p' "$run/rdb")))"
  paths=$staging
}

prepare_prometheus() {
  answer=$(post "http://understudy-prometheus:9090/api/v1/admin/tsdb/snapshot") || return 1
  snapshot=$(printf '%s' "$answer" | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
  [ -n "$snapshot" ] || fail "Prometheus names no snapshot: $answer" || return 1
  # Always the same path, so that restic knows the blocks of the backup before.
  rm -rf /services/prometheus/snapshots/understudy
  mv "/services/prometheus/snapshots/$snapshot" /services/prometheus/snapshots/understudy || fail "the snapshot $snapshot is not there" || return 1
  paths=/services/prometheus/snapshots/understudy
}

# Alertmanager writes its state out every few seconds: every silence that it knows when asked must be in the copy.
prepare_alertmanager() {
  mkdir -p "$staging"
  files=/services/alertmanager
  known=$run/silences.known
  silences >"$known" || return 1
  asked=$(now)
  turns=120
  until written_after "$asked" "$files/silences" "$files/nflog" &&
    { cp "$files/silences" "$files/nflog" "$staging/" 2>>"$why" || return 1; } &&
    [ "$(copied "$known")" = "$(cat "$known")" ]; do
    turns=$((turns - 1))
    [ "$turns" -gt 0 ] || fail "Alertmanager has not written its silences for 60 s" || return 1
    sleep 0.5
  done
  # One that was made meanwhile may be in the copy, too.
  silences >"$run/silences.now" || return 1
  tags=$(copied "$run/silences.now" | sed 's/.*/"id":"&"/' | counted silences)
  paths=$staging
}

silences() { # their ids, one a line
  get http://understudy-alertmanager:9093/api/v2/silences >"$run/silences" || return 1
  sed 's/"id":"/\n&/g' "$run/silences" | sed -n 's/^"id":"\([^"]*\)".*/\1/p' | sort
}

copied() { # FILE of ids: those that the copy has
  grep -aoFf "$1" "$staging/silences" | sort -u
}

written_after() { # SECONDS FILE…
  after=$1
  shift
  for file in "$@"; do
    [ "$(stat -c %Y "$file" 2>/dev/null || echo 0)" -gt "$after" ] || return 1
  done
}

counted() { # NAME, from stdin: count and digest of lines that are sorted already
  awk 1 >"$run/$1.lines"
  printf 'content:%s=%s content:sha256-of-%s=%s' "$1" "$(wc -l <"$run/$1.lines")" "$1" "$(sha256sum <"$run/$1.lines" | cut -d ' ' -f 1)"
}

# What is still being written is copied first, in the order in which data moves on: what leaves it meanwhile is found
# where restic reads afterwards.
prepare_loki() {
  # One line of our own: there is something to be found in every backup.
  post_json http://understudy-loki:3100/loki/api/v1/push "$(
    printf '{"streams":[{"stream":{"job":"understudy-backup","host":"%s"},"values":[["%s000000000","backup begun"]]}]}' "$host" "$((began - 10))"
  )" || return 1
  post http://understudy-loki:3100/flush >/dev/null || return 1
  stage /services/loki wal tsdb-shipper-active || return 1
  paths="$staging /services/loki/chunks"
  [ ! -d /services/loki/rules ] || paths="$paths /services/loki/rules"
}

# An OTLP export of one span named `backup` of the service `understudy-backup`: protobuf, which every version reads.
span() { # TRACE SECONDS
  at=$(printf '%016x' "${2}000000000" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/')
  name=$(printf 'service.name' | busybox xxd -p) value=$(printf 'understudy-backup' | busybox xxd -p)
  printf '0a630a250a230a0c%s12130a11%s123a1238' "$name" "$value" >"$run/span"
  printf '0a10%s1208%s2a06%s300139%s41%s' "$1" "$(printf '%s' "$1" | cut -c 1-16)" "$(printf backup | busybox xxd -p)" "$at" "$at" >>"$run/span"
  busybox xxd -r -p "$run/span"
}

prepare_tempo() {
  # One span of our own, whose id is known when the backup is restored.
  trace=$(printf 'understudy backup %s %s' "$host" "$began" | sha256sum | cut -c 1-32)
  span "$trace" "$began" | curl -fsS --max-time 60 -H 'content-type: application/x-protobuf' --data-binary @- \
    -o /dev/null http://understudy-tempo:4318/v1/traces 2>>"$why" || return 1
  tags="content:trace=$trace"
  get http://understudy-tempo:3200/flush >/dev/null || return 1
  # Flushed spans reach the write-ahead log within a moment; the bound is the idle period after which they would anyway.
  turns=40
  while [ "$turns" -gt 0 ]; do
    live=$(get http://understudy-tempo:3200/metrics | awk '/^tempo_ingester_live_traces/ { sum += $NF } END { print sum + 0 }')
    [ "${live:-0}" = 0 ] && break
    turns=$((turns - 1))
    sleep 0.5
  done
  stage /services/tempo wal || return 1
  paths="$staging /services/tempo/blocks"
}

prepare_grafana() {
  mkdir -p "$staging"
  if [ -f /services/grafana/grafana.db ]; then
    sqlite3 -readonly /services/grafana/grafana.db ".timeout 20000" ".backup $staging/grafana.db" 2>>"$why" || return 1
    [ "$(sqlite3 "$staging/grafana.db" 'pragma integrity_check')" = ok ] || fail "the copy of grafana.db is not sound" || return 1
    tags=$(sqlite3 "$staging/grafana.db" "select uid || ' ' || version from dashboard where not is_folder order by uid || ' ' || version" | counted dashboards)
  fi
  # The lab's stand-in has no database, but a file for each dashboard.
  stage /services/grafana dashboards || return 1
  if [ ! -f "$staging/grafana.db" ]; then
    tags=$(for file in "$staging"/dashboards/*.json; do
      [ ! -e "$file" ] || printf '%s %s\n' "$(basename "$file" .json)" "$(sed -n 's/.*"version":\([0-9]*\).*/\1/p' "$file")"
    done | sort | counted dashboards)
  fi
  : >"$staging/.copied"
  paths="$staging /services/grafana"
  set -- --exclude=/services/grafana/grafana.db* --exclude=/services/grafana/dashboards --exclude=/services/grafana/png
  options=$*
}

stage() { # FOLDER NAME…: a copy of each, made in this order
  from=$1
  shift
  mkdir -p "$staging"
  for one in "$@"; do
    [ -e "$from/$one" ] || continue
    cp -R "$from/$one" "$staging/" 2>"$run/$service.cp" ||
      # A file that was finished and removed meanwhile has moved on; anything else is a failure.
      ! grep -v 'No such file or directory' "$run/$service.cp" >>"$why" || return 1
  done
}

# What needs staging is staged; otherwise base.sh streams it afterwards.
prepare_timescaledb() {
  measure_base && room_for_base || return 1
  if [ -n "$spaces" ]; then stage_base; else streamed=yes confirm=confirm_base; fi
}
