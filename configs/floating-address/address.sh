#!/bin/sh
# Puts an address on a host's interface, or takes it away: a hook of a host (docs/FLOATING_ADDRESS.md).
#   address.sh ADDRESS/PREFIX INTERFACE [HOW TO RUN A COMMAND ON THE HOST...] promoted|demoted
# Such as: address.sh 10.0.0.100/24 eth0 ssh root@10.0.0.11 promoted
# It may run again: an address that is there already, or is gone, is no failure.
set -eu

refuse() { echo "address.sh: $*" >&2; exit 2; }

[ "$#" -ge 3 ] || refuse "ADDRESS/PREFIX INTERFACE [HOW...] promoted|demoted"
address=$1 interface=$2
shift 2
# The last word is what has happened; those before it are how a command comes to the host.
left=$#
while [ "$left" -gt 1 ]; do
  set -- "$@" "$1"
  shift
  left=$((left - 1))
done
happened=$1
shift

case $address in */*) ;; *) refuse "$address has no prefix length" ;; esac
case $address$interface in *[!0-9A-Za-z./:_-]*) refuse "no address, or no interface: $address $interface" ;; esac

case $happened in promoted | demoted) ;; *) refuse "promoted or demoted, not $happened" ;; esac

# A host that cannot be asked ends this here: what is not seen is not said to be gone.
seen=$("$@" ip -o address show dev "$interface" to "${address%/*}")

case $happened in
  promoted)
    [ -n "$seen" ] || "$@" ip address add "$address" dev "$interface"
    # Neighbours that still know the other host's hardware address are told; where there is no arping they find out.
    "$@" arping -q -U -c 2 -I "$interface" "${address%/*}" 2>/dev/null || :
    ;;
  demoted) [ -z "$seen" ] || "$@" ip address del "$address" dev "$interface" ;;
esac
