# shellcheck shell=sh

# The program that go_build has made, or found.
built=

# need_go GO_MOD: makes sure that a Go new enough for the module is there, or can be had by Go itself.
need_go() {
  want=$(sed -n 's/^go //p' "$1")
  command -v go >/dev/null || die "missing: Go $want or newer, to build ${1#"$ROOT"/}; install it, or install Pulumi itself"
  have=$(cd / && go env GOVERSION | sed 's/^go//')
  version_at_least "$have" "$want" && return 0
  [ "$(cd / && go env GOTOOLCHAIN)" != local ] ||
    die "missing: Go $want or newer, to build ${1#"$ROOT"/}; found $have"
}

# go_build OUTPUT_NAME FOLDER PACKAGE LDFLAGS USUAL: builds one program of the module in FOLDER, unless the cache has
# it. Sets `built` to the program's path.
go_build() {
  key=$(hash_of "$3 $4 ${CGO_ENABLED:-} $(uname -m)" "$2" \( -name 'go.*' -o -name '*.go' \))
  built=$CACHE/go/$1/$key/$1
  [ ! -x "$built" ] || return 0
  need_go "$2/go.mod"
  mkdir -p "$WORK/$1"
  # The compiler collects its garbage less often: an eighth of the time, for a quarter more memory.
  with_clock "build $1" "$5" env GOFLAGS=-mod=readonly GOWORK=off GOGC="${GOGC:-400}" \
    go build -C "$2" -trimpath -ldflags "-s -w $4" -o "$WORK/$1/$1" "$3" ||
    die "could not build $1: a Go module or the compiler failed, see above; run the same command again after mending it"
  keep "$WORK/$1" "$CACHE/go/$1/$key"
}
