# shellcheck shell=sh
# The exporters of PostgreSQL, Redis and the machine, for the lab and the tests. Debian 12 has older ones than the product
# asks for, so they come out of the packages of Debian's newest suite; nothing is installed. Only when asked for.

EXPORTER_SUITE=sid

set_up_exporters() {
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  kept=$CACHE/debian/exporters-$EXPORTER_SUITE
  if [ ! -d "$kept" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [ ! -f "$keyring" ]; then
      die "missing: apt-get, dpkg-deb or $keyring, to take the exporters from Debian; put them on PATH yourself"
    fi
    lists=$WORK/exporters
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial" "$lists/packages" "$lists/tree"
    # shellcheck disable=SC2016 # apt puts the address in the place of $(SITE)
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m 1 '/debian$')
    [ -n "$mirror" ] || die "this machine's apt names no mirror of Debian, to take the exporters from"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$EXPORTER_SUITE" >"$lists/sources.list"
    # Lists of its own, which leave those of the machine as they are.
    cat >"$lists/apt.conf" <<EOF
Dir::Etc::sourcelist "$lists/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$lists/lists";
Dir::Cache "$lists/cache";
APT::Sandbox::User "root";
EOF
    with_clock "read Debian's $EXPORTER_SUITE" "20 s" env "APT_CONFIG=$lists/apt.conf" apt-get -q update || die "Debian's $EXPORTER_SUITE does not answer, see above"
    (cd "$lists/packages" && with_clock "download the exporters" "10 s" env "APT_CONFIG=$lists/apt.conf" apt-get -q download \
      prometheus-postgres-exporter prometheus-redis-exporter prometheus-node-exporter) ||
      die "the exporters could not be downloaded, see above"
    for package in "$lists/packages"/*.deb; do
      dpkg-deb --extract "$package" "$lists/tree" || die "${package##*/} could not be unpacked"
    done
    keep "$lists/tree" "$kept"
  fi
  for name in postgres redis node; do put_on_path "$kept/usr/bin/prometheus-$name-exporter"; done
}
