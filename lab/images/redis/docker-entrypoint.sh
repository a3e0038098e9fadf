#!/bin/sh
# Contract of the upstream image: options alone, or a configuration file, mean redis-server; the server runs as user
# redis and owns its working directory.
set -e

case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis:redis {} +
  exec setpriv --reuid redis --regid redis --init-groups "$0" "$@"
fi

umask 0077
exec "$@"
