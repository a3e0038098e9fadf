#!/bin/sh
# parts.sh rootfs|loki|tempo|grafana…: makes the large parts of the lab's images, or finds them in the cache, and
# prints one line for each: its name, a space, its file. Progress goes to stderr.
set -eu

HERE=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
ROOT=$(CDPATH='' cd -- "$HERE/../.." && pwd)
LIB=$ROOT/toolchain/lib

# shellcheck source=toolchain/lib/say.sh
. "$LIB/say.sh"
# shellcheck source=toolchain/lib/cache.sh
. "$LIB/cache.sh"
# shellcheck source=toolchain/lib/versions.sh
. "$LIB/versions.sh"
# shellcheck source=toolchain/lib/go-build.sh
. "$LIB/go-build.sh"

# Images without a C library can only run static programs.
export CGO_ENABLED=0

make_rootfs() {
  key=$(hash_of "$(uname -m)" "$HERE/base")
  built=$CACHE/rootfs/$key/rootfs.tar
  [ ! -f "$built" ] || return 0
  command -v mmdebstrap >/dev/null || die "missing: mmdebstrap; run: toolchain/setup.sh --only lab"
  mkdir -p "$WORK/rootfs"
  with_clock "Debian tree" "2 min" "$HERE/base/make-rootfs.sh" "$WORK/rootfs/rootfs.tar" ||
    die "mmdebstrap could not make the Debian tree: see its words above"
  keep "$WORK/rootfs" "$CACHE/rootfs/$key"
}

make_loki() {
  version=$(module_version "$HERE/loki/go.mod" github.com/grafana/loki/v3)
  go_build loki "$HERE/loki" github.com/grafana/loki/v3/cmd/loki \
    "-X github.com/grafana/loki/v3/pkg/util/build.Version=${version#v}" "5 min on two cores"
}

# Tempo 1.5 has a dependency that links against a name of Go's runtime.
make_tempo() {
  go_build tempo "$HERE/tempo" . \
    "-checklinkname=0 -X main.Version=$(module_version "$HERE/tempo/go.mod" github.com/grafana/tempo)" "90 s"
}

make_grafana() {
  go_build grafana "$HERE/grafana" . "" "10 s"
}

for part in "$@"; do
  case $part in
  rootfs | loki | tempo | grafana) ;;
  *) die "unknown part \"$part\": rootfs, loki, tempo or grafana" ;;
  esac
done

open_cache
trap close_cache EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for part in "$@"; do
  "make_$part"
  printf '%s %s\n' "$part" "$built"
done
