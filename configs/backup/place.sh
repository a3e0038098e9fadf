#!/bin/sh
# place.sh TARGET [WORD…]: puts TARGET/.understudy-restore into its place, in a volume whose service is stopped. What was
# there is kept in TARGET/.understudy-before-TIME, each time in another, but for a boot guard's own folder, which stays.
# WORD is for a store's boot guard, which has to start it as primary on these data:
#   paired   it has a peer, which it asks from now on before it starts
#   release  the peer was seen not to be primary: it need not be asked this time
set -eu
target=$1
shift
guard=$target/understudy
incoming=$target/.understudy-restore
former=$target/.understudy-before-$(date -u +%Y%m%dT%H%M%SZ)
[ -d "$incoming" ] || { echo "nothing is restored in $target" >&2; exit 1; }
while [ -e "$former" ]; do former=$former-again; done
mkdir "$former"
find "$target" -mindepth 1 -maxdepth 1 ! -name '.understudy-*' ! -name understudy ! -name lost+found -exec mv -t "$former" {} +
find "$incoming" -mindepth 1 -maxdepth 1 -exec mv -t "$target" {} +
rmdir "$incoming"

give() { # FILE, from stdin
  cat >"$guard/$1"
  chown --reference="$target" "$guard/$1"
}
if [ $# -gt 0 ]; then
  [ -d "$guard" ] || { mkdir -m 700 "$guard"; chown --reference="$target" "$guard"; }
  # What an earlier life of this host left for its guard is about other data.
  rm -f "$guard/fenced" "$guard/rejoin" "$guard/torn" "$guard/init" "$guard/release" "$guard/identity" "$guard/lost" "$guard/stranger" "$guard/adopt" "$guard/anew"
  if [ -d "$target/appendonlydir" ] && [ ! -f "$guard/redis.conf" ]; then
    echo primary | give init # its configuration is written when it starts for the first time
  elif [ -d "$target/appendonlydir" ]; then
    grep -v '^replicaof ' "$guard/redis.conf" >"$target/.understudy-conf" || :
    give redis.conf <"$target/.understudy-conf"
    rm -f "$target/.understudy-conf"
  fi
  for word in "$@"; do
    [ "$word $([ -f "$guard/init" ] && echo new)" = "release new" ] || : | give "$word"
  done
fi
sync -f "$target"
printf '%s\n' "${former##*/}"
