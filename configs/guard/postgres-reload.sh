#!/bin/sh
# Lets the running PostgreSQL of this container read its files anew; a server that does not run reads them when it starts.
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
server_runs || exit 0
kill -HUP "$postmaster"
