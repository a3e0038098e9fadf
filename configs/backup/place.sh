#!/bin/sh
# place.sh TARGET: puts TARGET/.understudy-restore into its place, in a volume whose service is stopped. What was there is
# kept in TARGET/.understudy-before, but for a boot guard's own folder, which stays.
set -eu
target=$1
incoming=$target/.understudy-restore
former=$target/.understudy-before
[ -d "$incoming" ] || { echo "nothing is restored in $target" >&2; exit 1; }
rm -rf "$former"
mkdir "$former"
find "$target" -mindepth 1 -maxdepth 1 ! -name '.understudy-*' ! -name understudy ! -name lost+found -exec mv -t "$former" {} +
find "$incoming" -mindepth 1 -maxdepth 1 -exec mv -t "$target" {} +
rmdir "$incoming"
sync -f "$target"
