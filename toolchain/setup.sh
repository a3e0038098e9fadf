#!/bin/sh
# Puts in place what `make drill` and `make test` need: Debian packages, npm packages, Pulumi and its Docker provider.
# A second run changes nothing; an interrupted one is simply run again. See usage below.
set -eu

ROOT=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
LIB=$ROOT/toolchain/lib

# shellcheck source=toolchain/environment.sh
. "$ROOT/toolchain/environment.sh"
# shellcheck source=toolchain/lib/say.sh
. "$LIB/say.sh"
# shellcheck source=toolchain/lib/cache.sh
. "$LIB/cache.sh"
# shellcheck source=toolchain/lib/versions.sh
. "$LIB/versions.sh"
# shellcheck source=toolchain/lib/go-build.sh
. "$LIB/go-build.sh"
# shellcheck source=toolchain/lib/debian.sh
. "$LIB/debian.sh"
# shellcheck source=toolchain/lib/npm.sh
. "$LIB/npm.sh"
# shellcheck source=toolchain/lib/pulumi.sh
. "$LIB/pulumi.sh"
# shellcheck source=toolchain/lib/checkers.sh
. "$LIB/checkers.sh"

usage() {
  cat <<'TEXT'
usage: toolchain/setup.sh [--only tools | --only lab | --only checkers | --print-env]

  (nothing)         everything
  --only tools      npm packages, Pulumi and its Docker provider
  --only lab        the Debian packages the lab needs
  --only checkers   programs that only the tests need: actionlint, promtool, amtool
  --print-env       print shell commands that put the tool chain on PATH; install nothing

The cache is $UNDERSTUDY_CACHE, else $XDG_CACHE_HOME/understudy, else ~/.cache/understudy.
TEXT
}

finish() {
  close_cache
  allow_services
}

set_up() {
  open_cache
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  for part in "$@"; do "set_up_$part"; done
  say "set-up: ready"
}

case "$*" in
'') set_up debian npm engine docker_provider checkers ;;
'--only tools') set_up npm engine docker_provider ;;
'--only lab') set_up debian ;;
'--only checkers') set_up checkers ;;
--print-env) print_env ;;
-h | --help) usage ;;
*) usage >&2 && exit 2 ;;
esac
