import type Docker from "dockerode";
import type { HbaLine } from "../../../settings/hba-lines";
import { containerName, FILES_FOLDER } from "../../../settings/names";
import { readInContainer } from "../run-in-container";
import { parseTrial, type Trial } from "./trial";

const TRIAL_MS = 120_000;

/**
 * Asks a PostgreSQL of the container's own version what it makes of lines for pg_hba.conf: a server of its own, with a folder
 * and a socket of its own, without a port, whose view `pg_hba_file_rules` reads the lines and uses none of them. The one
 * that serves is not asked and nothing of it changes. Words: the lines, where they stand in the operator's file.
 */
export const HBA_TRIAL = `set -u
umask 077
files=${FILES_FOLDER}/current
trial=$(mktemp -d) || { echo 'untried no room to ask PostgreSQL'; exit 0; }
server=
end_trial() { [ -z "$server" ] || { kill -QUIT "$server" && wait "$server"; } 2>/dev/null; rm -rf "$trial"; }
trap end_trial EXIT
initdb -D "$trial/data" -U postgres -A trust --no-sync --locale=C --wal-segsize=1 >"$trial/why" 2>&1 </dev/null ||
  { echo "untried no folder for a server: $(tail -n 1 "$trial/why")"; exit 0; }
if [ -s "$files/server.crt" ]; then
  printf "ssl = on\\nssl_cert_file = '%s'\\nssl_key_file = '%s'\\nssl_ca_file = '%s'\\n" \\
    "$files/server.crt" "$files/server.key" "$files/ca.crt" >>"$trial/data/postgresql.conf"
else
  case $1 in *hostssl*) echo 'untried it does not encrypt yet'; exit 0 ;; esac
fi
echo 'local all all trust' >"$trial/hba"
postgres -D "$trial/data" -c listen_addresses= -c unix_socket_directories="$trial" -c port=5432 -c hba_file="$trial/hba" \\
  -c shared_buffers=1MB -c max_connections=10 -c fsync=off -c lc_messages=C >"$trial/why" 2>&1 </dev/null &
server=$!
ask() { psql -AtqX -F ' ' -h "$trial" -p 5432 -U postgres -d template1 -c "$1" 2>/dev/null </dev/null; }
turns=0
until [ "$(ask 'select 1')" = 1 ]; do
  turns=$((turns + 1))
  if [ "$turns" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
    echo "untried its server does not start: $(tail -n 1 "$trial/why")"; exit 0
  fi
  sleep 0.1
done
printf '%s\\n' "$1" >"$trial/hba"
found=$(ask "select line_number, coalesce(error, '') from pg_hba_file_rules order by 1") ||
  { echo 'untried its server does not say'; exit 0; }
wrong=$(printf '%s\\n' "$found" | sed -n 's/^\\([0-9][0-9]*\\) \\(..*\\)$/refused\\t\\1\\t\\2/p')
if [ -z "$wrong" ]; then echo taken; else printf 'refused\\t\\t\\n%s\\n' "$wrong"; fi`;

/** What the trial is told: each line under the number that it has in the operator's file. Pure. */
export function hbaTrialWord(lines: readonly HbaLine[]): string {
  const rows = new Map(lines.map(({ at, text }) => [at, text]));
  return Array.from({ length: Math.max(0, ...rows.keys()) }, (_, index) => rows.get(index + 1) ?? "").join("\n");
}

/** Tries lines on one host; what it refuses is named by its line. @throws Error when its engine does not say */
export async function tryHba(docker: Docker, lines: readonly HbaLine[]): Promise<Trial> {
  const command = ["sh", "-c", HBA_TRIAL, "sh", hbaTrialWord(lines)];
  return parseTrial(await readInContainer(docker, containerName("timescaledb"), command, TRIAL_MS));
}
