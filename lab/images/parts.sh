#!/bin/sh
# parts.sh rootfs|grafana|loki|tempo…: makes the large parts of the lab's images, or finds them in the cache, and prints
# one line for each: its name, a space, its file. Progress goes to stderr.
set -eu

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
ROOT=$(CDPATH='' cd -- "$HERE/../.." && pwd)
LIB=$ROOT/toolchain/lib

# shellcheck source=toolchain/lib/say.sh
. "$LIB/say.sh"
# shellcheck source=toolchain/environment.sh
. "$ROOT/toolchain/environment.sh"
# shellcheck source=toolchain/lib/cache.sh
. "$LIB/cache.sh"
# shellcheck source=toolchain/lib/versions.sh
. "$LIB/versions.sh"
# shellcheck source=toolchain/lib/go-build.sh
. "$LIB/go-build.sh"
# shellcheck source=toolchain/lib/rootfs.sh
. "$LIB/rootfs.sh"

# Images without a C library can only run static programs.
export CGO_ENABLED=0

# The programs that stand in for what cannot be had here: one Go module, on the standard library alone.
make_stand_in() {
  go_build "$1" "$HERE/stand-ins" "./$1" "" "30 s"
}

for part in "$@"; do
  case $part in
  rootfs | grafana | loki | tempo) ;;
  *) die "unknown part \"$part\": rootfs, grafana, loki or tempo" ;;
  esac
done

open_cache
trap close_cache EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for part in "$@"; do
  case $part in
  rootfs) make_rootfs ;;
  *) make_stand_in "$part" ;;
  esac
  printf '%s %s\n' "$part" "$built"
done
