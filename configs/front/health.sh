#!/bin/sh
# Whether the front's worker answers. Upstream's images have bash or busybox' wget, and no other program for it.
# An unhealthy answer is a line without 200.
at=${1:?port}
if command -v wget >/dev/null 2>&1; then
  exec wget -q -O /dev/null "http://127.0.0.1:$at/health"
fi
exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /health HTTP/1.0\r\n\r\n" >&3 && read -r line <&3 &&
  case $line in *" 200 "*) exit 0 ;; *) exit 1 ;; esac' front "$at"
