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
# shellcheck source=toolchain/lib/beside.sh
. "$LIB/beside.sh"
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
# shellcheck source=toolchain/lib/exporters.sh
. "$LIB/exporters.sh"
# shellcheck source=toolchain/lib/collector.sh
. "$LIB/collector.sh"
# shellcheck source=toolchain/lib/drivers.sh
. "$LIB/drivers.sh"
# shellcheck source=toolchain/lib/rootfs.sh
. "$LIB/rootfs.sh"

usage() {
  cat <<'TEXT'
usage: toolchain/setup.sh [--only tools | --only lab | --only checkers | --only exporters | --only collector |
                           --only drivers | --print-env]

  (nothing)         everything
  --only tools      npm packages, Pulumi and its Docker provider
  --only lab        the Debian packages the lab needs, and the Debian tree under its images
  --only checkers   programs that only the tests need: actionlint, promtool, amtool, alertmanager, s3-stand-in
  --only exporters  exporters for a lab with the section exporters, from Debian; nothing else asks for them
  --only collector  the OpenTelemetry Collector for a lab with the section logs, from Go modules; nothing else asks for it
  --only drivers    drivers of other languages for the tests of the doors; nothing else asks for them
  --print-env       print shell commands that put the tool chain on PATH; install nothing

The cache is $UNDERSTUDY_CACHE, else $XDG_CACHE_HOME/understudy, else ~/.cache/understudy.
TEXT
}

finish() {
  stop_side
  close_cache
  allow_services
}

# set_up PART…: the named parts. The longest, Pulumi's engine, is found first; where it must be built, that begins at
# once, and the others come one after the other beside it.
set_up() {
  open_cache
  trap finish EXIT
  trap 'exit 130' INT
  trap end_on_term TERM HUP
  case " $* " in *' debian '*) require_debian ;; esac
  beside_it=
  for part in "$@"; do
    case $part in
    engine) set_up_engine ;;
    *) beside_it="$beside_it set_up_$part" ;;
    esac
  done
  # shellcheck disable=SC2086 # a list of names
  beside $beside_it
  case " $* " in *' engine '*) set_up_engine_build ;; esac
  join_side
  say "set-up: ready"
}

case "$*" in
'') set_up engine debian npm rootfs docker_provider checkers ;;
'--only tools') set_up engine npm docker_provider ;;
'--only lab') set_up debian rootfs ;;
'--only checkers') set_up checkers ;;
'--only exporters') set_up exporters ;;
'--only collector') set_up collector ;;
'--only drivers') set_up drivers ;;
--print-env) print_env ;;
-h | --help) usage ;;
*) usage >&2 && exit 2 ;;
esac
