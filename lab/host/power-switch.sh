#!/bin/sh
# A stand-in for a power switch, for the hosts of the lab:
#   power-switch HOST off      every process of the host ends between two instructions and its links go down: nobody hears a word of it
#   power-switch HOST status   changes nothing
# Both print `off` when no process of the host is left and its links are down, else `on`. What cannot be read is on.
# The hosts are in power-switch.hosts beside it, a line each: name, control group, the group's freezer file and its two words, the
# link on the operator's side, the namespace, the link in it.
set -eu
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
here=$(dirname -- "$(readlink -f -- "$0")")

refuse() { echo "power-switch: $*" >&2; exit 2; }

pids() { find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null || :; }

freeze() { [ ! -e "$group/$freezer" ] || echo "$frozen" >"$group/$freezer"; }

# A paused container is a group that was frozen by itself.
thaw() { for file in $(find "$group" -name "$freezer" 2>/dev/null || :); do echo "$thawed" >"$file" || :; done; }

links_down() {
  ip link set "$link" down || :
  ip -n "$namespace" link set "$inner" down || :
}

is_down() { # FLAGS OF A LINK
  case $1 in
    *[\<,]UP[,\>]*) return 1 ;;
    *\<*\>*) return 0 ;;
    *) return 1 ;;
  esac
}

is_off() {
  [ -z "$(pids)" ] && is_down "$(ip -o link show "$link" 2>&1)" && is_down "$(ip -n "$namespace" -o link show "$inner" 2>&1)"
}

switch_off() { # the links go while the processes are frozen: their ends send nothing
  freeze
  links_down
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    found=$(pids)
    [ -n "$found" ] || break
    freeze
    # shellcheck disable=SC2086
    kill -9 $found 2>/dev/null || :
    thaw
    sleep 0.02
  done
  thaw
}

[ $# -eq 2 ] || refuse "two words are wanted: a host, and off or status"
command -v ip >/dev/null || refuse "ip is not on PATH; next: apt-get install iproute2"
line=$(grep "^$1 " "$here/power-switch.hosts") || refuse "no host $1 in $here/power-switch.hosts; next: understudy lab up"
read -r _ group freezer frozen thawed link namespace inner <<EOF
$line
EOF
case $2 in
  off) is_off || switch_off ;;
  status) ;;
  *) refuse "off or status is wanted, not $2" ;;
esac
if is_off; then echo off; else echo on; fi
