#!/bin/sh
# own-roles.sh GUARD: sees in the data of this host's server whether the superuser is to log in by the local socket alone,
# which the operator's `up` notes there once the roles of our sessions are made and both hosts know them, and holds to it
# from then on. It also sees that the peer encrypts, and goes over to that, and which password the peer takes while one is exchanged. A child of the boot guard. The note comes to a standby with the data, and goes with data from before it.
set -u
# shellcheck source=configs/guard/postgres-common.sh
. /understudy/common.sh
# shellcheck source=configs/guard/postgres-encryption.sh
. /understudy/encryption.sh
guard=$1
export PGAPPNAME=understudy_roles LC_ALL=C
turn=${UNDERSTUDY_ROLES_TURN:-3}

# Of the whole server; template1 is there also where the pair's own database is not. Nothing of what fails is printed.
noted() {
  for database in understudy template1; do
    heard=$(timeout 10 psql -h /var/run/postgresql -U postgres -d $database -AtqX -c "
      select coalesce((select shobj_description(oid, 'pg_authid') from pg_roles where rolname = '$UNDERSTUDY_GUARD_USER'), 'none')" \
      2>/dev/null </dev/null) && { printf '%s\n' "$heard"; return; }
  done
}

while kill -0 "$guard" 2>/dev/null && [ -d "$state" ]; do
  read -r status _ 2>/dev/null <"$state/status" || status=
  # Whatever this host is: one that is held asks its peer as well.
  if [ ! -f "$state/demoting" ] && choose_passwords; then write_pgpass; fi
  # A drill that stops this server is not disturbed.
  case $status in
    primary | standby)
      if [ ! -f "$state/demoting" ]; then
        said=$(noted)
        changed=
        case $said in
          superuser-is-local) has_own_roles || { : >"$state/own-roles"; changed=yes; } ;;
          '') ;; # it did not say
          *) if has_own_roles; then rm -f "$state/own-roles"; changed=yes; fi ;;
        esac
        if encryption_turn; then
          write_hba && write_server_conf && server_runs && kill -HUP "$postmaster"
        fi
        if [ -n "$changed" ]; then
          say "PostgreSQL's superuser logs in by the local socket alone: $(has_own_roles && echo yes || echo no)"
          write_pgpass
          write_hba && server_runs && kill -HUP "$postmaster"
        fi
      fi ;;
  esac
  sleep "$turn"
done
