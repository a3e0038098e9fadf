#!/bin/sh
# make-rootfs.sh FILE.tar [SUITE]: the Debian tree under the lab's images, as a tar for `docker import`.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
suite=${2:-bookworm}
case $suite in
bookworm) major=15 redis='redis-server redis-tools' ;;
trixie) major=17 redis='redis-server redis-tools' ;;
valkey) suite=trixie major=17 redis='valkey-server valkey-tools' ;;
sid) major=18 redis='valkey-server valkey-tools systemd-standalone-sysusers systemd-standalone-tmpfiles' ;;
*) echo "make-rootfs.sh: bookworm, trixie, valkey or sid, not $suite" >&2; exit 2 ;;
esac
# A mirror of the tree that changes every day may stand still; what it has is signed all the same.
[ "$suite" = sid ] && valid=false || valid=true
packages=$(printf '%s\n' "$redis" "postgresql-$major" | cat - "$here/packages.txt" | sed -e 's/#.*//' | tr -s ' \n' ',,')

exec mmdebstrap --quiet --variant=minbase \
  --include="${packages#,}" \
  --aptopt='Acquire::Retries "3"' \
  --aptopt="Acquire::Check-Valid-Until \"$valid\"" \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/bitcode/*' \
  --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/llvmjit*' \
  --essential-hook="cat '$here/passwd' >>\"\$1/etc/passwd\" && cat '$here/group' >>\"\$1/etc/group\"" \
  --customize-hook="sh '$here/customize.sh' \"\$1\" $major" \
  "$suite" "$1"
