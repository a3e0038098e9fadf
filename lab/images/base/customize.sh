#!/bin/sh
# customize.sh ROOT MAJOR: gives the Debian tree under ROOT the paths that the upstream images have, and drops what no
# service of the lab uses.
set -eu
root=$1
major=$2

for program in "$root/usr/lib/postgresql/$major/bin"/*; do
  ln -sf "/usr/lib/postgresql/$major/bin/${program##*/}" "$root/usr/local/bin/${program##*/}"
done
# Valkey's image has them, too.
for program in server cli check-rdb check-aof benchmark; do
  [ ! -e "$root/usr/bin/valkey-$program" ] || ln -sf "valkey-$program" "$root/usr/bin/redis-$program"
done
ln -sf prometheus-alertmanager "$root/usr/bin/alertmanager"
ln -sf busybox "$root/usr/bin/wget"

# postgresql-common makes a cluster of its own on installation; the data directory belongs to a volume.
rm -rf "$root/var/lib/postgresql/$major" "$root/etc/postgresql/$major" "$root"/var/log/postgresql

# The JIT compiler: 110 MB that PostgreSQL goes without when its library is not there.
rm -f "$root"/usr/lib/*/libLLVM-*.so*

# Time zones of a web page, locales that nobody generates, headers.
rm -rf "$root"/usr/share/javascript/moment-timezone "$root"/usr/share/i18n "$root"/usr/share/locale \
  "$root"/usr/lib/*/perl/*/CORE

rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/* "$root"/var/log/*.log \
  "$root"/var/log/apt "$root"/usr/share/doc "$root"/usr/share/man
