# shellcheck shell=sh
# shellcheck disable=SC2154 # go_build sets `built`
# Programs that only `make test` needs: they check the workflows and the configuration of the monitoring services, and one
# stands in for S3. A checker that is on PATH is left alone.

# on_path_elsewhere PROGRAM: whether the machine has a program of that name that is not one of ours.
on_path_elsewhere() {
  others=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$CACHE/bin" | tr '\n' ':')
  ! PATH=$others command -v "$1" >/dev/null || rm -f "$CACHE/bin/$1"
  PATH=$others command -v "$1" >/dev/null
}

set_up_actionlint() {
  ! on_path_elsewhere actionlint || return 0
  # Only the tests need it: its absence stops no drill.
  if ! (need_go "$ROOT/toolchain/go/actionlint/go.mod"); then
    say "without actionlint, bin/run-tests workflows will fail"
    return 0
  fi
  go_build actionlint "$ROOT/toolchain/go/actionlint" github.com/rhysd/actionlint/cmd/actionlint "" "10 s"
  put_on_path "$built"
}

# An S3 server, against which the tests try the state backend of that kind.
set_up_s3_stand_in() {
  if ! (need_go "$ROOT/toolchain/go/s3-stand-in/go.mod"); then
    say "without s3-stand-in, tests/servers/backend-s3.test.ts will fail"
    return 0
  fi
  go_build s3-stand-in "$ROOT/toolchain/go/s3-stand-in" . "" "10 s"
  put_on_path "$built"
}

# unpack_debian PROGRAM PACKAGE: one program out of a Debian package. The package is not installed, so nothing of it
# becomes a service of this machine.
unpack_debian() {
  ! on_path_elsewhere "$1" || return 0
  kept=$CACHE/debian/$2
  if [ ! -x "$kept/usr/bin/$1" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
      say "no $1, and no Debian to take it from: bin/run-tests monitoring will fail"
      return 0
    fi
    mkdir -p "$WORK/package-$2/tree"
    (cd "$WORK/package-$2" && with_clock "download $2" "10 s" apt-get download "$2") ||
      { with_clock "apt-get update" "10 s" apt-get update &&
        (cd "$WORK/package-$2" && with_clock "download $2" "10 s" apt-get download "$2"); } ||
      die "missing: $1; the Debian package $2 could not be downloaded, see above"
    dpkg-deb --extract "$WORK/package-$2/$2"_*.deb "$WORK/package-$2/tree" || die "the Debian package $2 could not be unpacked"
    keep "$WORK/package-$2/tree" "$kept"
  fi
  put_on_path "$kept/usr/bin/$1"
}

set_up_checkers() {
  set_up_actionlint
  set_up_s3_stand_in
  unpack_debian promtool prometheus
  unpack_debian prometheus prometheus
  unpack_debian amtool prometheus-alertmanager
  unpack_debian prometheus-alertmanager prometheus-alertmanager
}
