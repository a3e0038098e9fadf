#!/bin/sh
# make-rootfs.sh FILE.tar: the Debian tree under the lab's images, as a tar for `docker import`.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages=$(sed -e 's/#.*//' "$here/packages.txt" | tr -s ' \n' ',,')

exec mmdebstrap --quiet --variant=minbase \
  --include="${packages#,}" \
  --aptopt='Acquire::Retries "3"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/bitcode/*' \
  --dpkgopt='path-exclude=/usr/lib/postgresql/*/lib/llvmjit*' \
  --essential-hook="cat '$here/passwd' >>\"\$1/etc/passwd\" && cat '$here/group' >>\"\$1/etc/group\"" \
  --customize-hook="sh '$here/customize.sh' \"\$1\"" \
  bookworm "$1"
