# shellcheck shell=sh
# shellcheck disable=SC2034 # parts.sh uses `built`
# The Debian tree under the lab's images.

# Sets `built` to the tree's tar, made unless the cache has it.
make_rootfs() {
  base=$ROOT/lab/images/base
  tree=${UNDERSTUDY_LAB_SERVERS:-bookworm}
  key=$(hash_of "$(uname -m) $tree" "$base")
  built=$CACHE/rootfs/$key/rootfs.tar
  [ ! -f "$built" ] || return 0
  command -v mmdebstrap >/dev/null || die "missing: mmdebstrap; run: toolchain/setup.sh --only lab"
  mkdir -p "$WORK/rootfs"
  with_clock "Debian tree" "1 min" "$base/make-rootfs.sh" "$WORK/rootfs/rootfs.tar" "$tree" ||
    die "mmdebstrap could not make the Debian tree: see its words above"
  keep "$WORK/rootfs" "$CACHE/rootfs/$key"
}

# Only root has a lab.
set_up_rootfs() {
  [ "$(id -u)" -ne 0 ] || make_rootfs
}
