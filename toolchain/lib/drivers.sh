# shellcheck shell=sh
# shellcheck disable=SC2154 # go_build sets `built`
# Drivers of other languages, for the tests of the doors alone: nothing of the product uses one, and nothing else asks for
# them. Each is pinned in toolchain/drivers/ or toolchain/go/go-redis-load/.

JDBC=org.postgresql:postgresql:42.7.14
JDBC_SHA256=73914527305a40cce504b0d3d90b23caf565136912d607ae8ae7c5895512332c

set_up_drivers() {
  from=$ROOT/toolchain/drivers
  for program in npm python3 mvn javac; do
    command -v "$program" >/dev/null || die "missing: $program, to install drivers for the tests; put it on PATH"
  done
  kept=$CACHE/drivers/$(hash_of "$JDBC $(python3 --version)" "$from")
  if [ ! -d "$kept" ]; then
    made=$WORK/drivers
    mkdir -p "$made"
    cp "$from/package.json" "$from/package-lock.json" "$made/"
    with_clock "npm ci of ioredis" "10 s" npm --prefix "$made" ci --ignore-scripts --no-audit --no-fund ||
      die "ioredis could not be installed, see above"
    with_clock "pip install of redis-py and psycopg" "20 s" \
      python3 -m pip install -q --no-deps --only-binary :all: --target "$made/python" -r "$from/requirements.txt" ||
      die "redis-py and psycopg could not be installed, see above"
    with_clock "download PostgreSQL's JDBC driver" "40 s" \
      mvn -q -B dependency:copy "-Dartifact=$JDBC" "-DoutputDirectory=$made/jdbc" ||
      die "PostgreSQL's JDBC driver could not be downloaded, see above"
    (cd "$made/jdbc" && printf '%s  %s\n' "$JDBC_SHA256" ./*.jar | sha256sum --check --quiet -) ||
      die "PostgreSQL's JDBC driver is not the one that was pinned"
    javac -cp "$made/jdbc/*" -d "$made/jdbc" "$from/JdbcLoad.java" || die "JdbcLoad.java could not be compiled, see above"
    keep "$made" "$kept"
  fi
  # Where the tests look.
  ln -sfn "$kept" "$CACHE/drivers/current"
  go_build go-redis-load "$ROOT/toolchain/go/go-redis-load" . "" "60 s"
  put_on_path "$built"
}
