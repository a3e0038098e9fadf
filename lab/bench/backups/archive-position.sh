#!/bin/sh
# archive-position.sh FOLDER SECONDS: inside a backup container, several times a second, how far the write-ahead log in FOLDER reaches:
# "archived EPOCH-MS FILE OFFSET SIZE", or "unknown". The newest file is being filled from its beginning, and is zeros behind that: its
# last page is found by halving, the last word by looking. Ends with the first line on stdin, with stdin, or after SECONDS.
set -u
folder=$1 seconds=$2
page=8192
zeros=0000000000000000

is_written() { # FILE PAGE: every page begins with a header
  case $(od -An -v -tx8 -j "$(($2 * page))" -N 8 "$1" | tr -d ' \n') in '' | "$zeros") return 1 ;; esac
}

sample() {
  file=$(find "$folder" -maxdepth 1 -name '*.partial' | sort | tail -n 1)
  size=$(stat -c %s "$file" 2>/dev/null) || return 1
  low=0 high=$((size / page)) offset=0
  if is_written "$file" 0; then
    while [ $((high - low)) -gt 1 ]; do
      middle=$(((low + high) / 2))
      if is_written "$file" "$middle"; then low=$middle; else high=$middle; fi
    done
    words=$(od -An -v -tx8 -w8 -j "$((low * page))" -N "$page" "$file" | grep -nv "$zeros" | tail -n 1 | cut -d : -f 1)
    offset=$((low * page + 8 * ${words:-0}))
  fi
  # A file that was completed meanwhile has another name: what was read is as old as its end.
  [ -e "$file" ] || return 1
  printf 'archived %s %s %s %s\n' "$(date +%s%3N)" "${file##*/}" "$offset" "$size"
}

beside() {
  end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt "$end" ]; do
    sample 2>/dev/null || sample 2>/dev/null || echo unknown
    sleep 0.2
  done
}

beside &
read -r _
trap '' TERM
kill -TERM 0
