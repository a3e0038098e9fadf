#!/bin/sh
# Lets the running PostgreSQL of this container read its files anew, and what the guard makes of them; a server that does
# not run reads them when it starts.
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
# shellcheck source=configs/guard/postgres-encryption.sh
. /understudy/encryption.sh
choose_passwords || :
write_pgpass && note_peer && write_hba && write_server_conf || exit 1
server_runs || exit 0
kill -HUP "$postmaster"
