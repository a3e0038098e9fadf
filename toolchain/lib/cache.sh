# shellcheck shell=sh
# The cache outside the work tree: built things lie in folders named after the hash of their recipe, and a folder
# appears by one rename, so an interrupted build leaves nothing that looks finished.

# A folder for unfinished work, removed when the script ends.
WORK=$CACHE/tmp/$$

# Takes the cache for this script alone, and clears away what interrupted ones have left.
open_cache() {
  mkdir -p "$CACHE/bin" || die "cannot write to the cache $CACHE: set UNDERSTUDY_CACHE to a folder you own"
  command -v flock >/dev/null || die "flock is missing: apt-get install util-linux"
  exec 9>"$CACHE/lock"
  if ! flock -n 9; then
    say "another set-up is at work on $CACHE: waiting for it"
    flock 9
  fi
  rm -rf "$CACHE/tmp"
  mkdir -p "$WORK"
}

close_cache() {
  stop_clock_job
  rm -rf "$WORK"
}

# hash_of TEXT FOLDER [FIND-EXPRESSION…]: 16 hexadecimal digits over a text and the files of a folder, names and
# contents, or those that `find` selects.
hash_of() {
  text=$1 folder=$2
  shift 2
  {
    printf '%s\n' "$text"
    (cd "$folder" && find . -type f "$@" | LC_ALL=C sort | xargs sha256sum)
  } | sha256sum | cut -c 1-16
}

# keep FOLDER DESTINATION: makes a finished folder visible.
keep() {
  mkdir -p "$(dirname "$2")"
  rm -rf "$2"
  mv "$1" "$2"
}

# put_on_path FILE: offers a program under its own name in the cache's bin folder.
put_on_path() {
  name=${1##*/}
  [ "$(readlink "$CACHE/bin/$name" 2>/dev/null)" = "$1" ] && return 0
  # A folder of that name would take the link in.
  [ -L "$CACHE/bin/$name" ] || rm -rf "${CACHE:?}/bin/$name"
  mkdir -p "$WORK/links"
  ln -sfn "$1" "$WORK/links/$name"
  mv -f "$WORK/links/$name" "$CACHE/bin/$name"
}
