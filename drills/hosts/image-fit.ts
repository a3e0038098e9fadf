import { guardScript } from "./guard-script";

/** What an image of PostgreSQL and a host's data say of each other. */
export interface PostgresFit {
  /** Major version of the data; null where there are none. */
  readonly data: string | null;
  /** Major version of the image's server; null where it does not say. */
  readonly server: string | null;
  /** Versions of TimescaleDB that the image has a library of; null where it does not say where its libraries are. */
  readonly timescaledb: readonly string[] | null;
}

/** What an image of Redis or Valkey says of the forms that it was asked about. */
export interface RedisFit {
  /** Such as `Redis server v=7.0.15`; null where it does not say. */
  readonly server: string | null;
  /** Forms that its server does not take, such as `REDIS0011`. */
  readonly refused: readonly string[];
}

/** Where the volumes are mounted while an image is asked, as in the stores' own containers. */
export const DATA_FOLDERS = { timescaledb: "/var/lib/postgresql/data", redis: "/data" } as const;

/** Prints the versions of the data and of the image's server, and the libraries of TimescaleDB. */
export const POSTGRES_FIT = `set -u
read -r data <${DATA_FOLDERS.timescaledb}/pgdata/PG_VERSION 2>/dev/null && printf 'data=%s\\n' "$data"
printf 'server=%s\\n' "$(postgres --version 2>/dev/null)"
folder=$(pg_config --pkglibdir 2>/dev/null) && [ -d "$folder" ] || exit 0
echo libraries
for file in "$folder"/timescaledb-[0-9]*.so; do
  [ ! -e "$file" ] || printf 'timescaledb=%s\\n' "$(basename "$file" .so | sed 's/^timescaledb-//')"
done`;

/** Prints the image's server, and of each form, of the data and of the words, whether it takes it, as the boot guard asks. */
export const REDIS_FIT = `state=$(mktemp -d) || exit 0
files=$state conf=$state/conf
: >"$state/redis.conf"
${guardScript("redis-users.sh")}
${guardScript("redis-identity.sh")}
printf 'server=%s\\n' "$(redis-server --version | sed 's/ sha=.*//')"
# The operator's word to leave the data goes before.
[ ! -f /data/understudy/anew ] && [ ! -f /data/understudy/adopt ] || exit 0
for form in $({ forms_of_data && printf '%s\\n' "$@"; } | sort -u); do
  # An image whose server does not stand at the oldest form either is not judged.
  reads_form "$form" || ! reads_form REDIS0009 || printf 'refused=%s\\n' "$form"
done`;

/** Prints the form that the server of a running container writes: one of its own, without a port, saves nothing. */
export const REDIS_WRITES = `room=$(mktemp -d) || exit 1
trap 'kill -KILL "$trial" 2>/dev/null; rm -rf "$room"' EXIT
redis-server --port 0 --unixsocket "$room/s" --dir "$room" --dbfilename dump.rdb --save '' --appendonly no >/dev/null 2>&1 &
trial=$!
turns=0
while [ ! -s "$room/dump.rdb" ] && kill -0 "$trial" 2>/dev/null && [ "$turns" -lt 200 ]; do
  timeout 2 redis-cli -s "$room/s" save >/dev/null 2>&1 </dev/null
  turns=$((turns + 1))
  sleep 0.05
done
head -c 9 "$room/dump.rdb"`;

/** Prints each version of TimescaleDB that a database of a running server has, and the database. */
export const TIMESCALEDB_IN_USE = `ask() { psql -XAtq -U postgres -d "$1" -c "$2" </dev/null; }
ask template1 'select datname from pg_database where datallowconn' | while read -r database; do
  ask "$database" "select extversion from pg_extension where extname = 'timescaledb'" | sed "s|$| $database|"
done
echo end`;

/** Reads what POSTGRES_FIT prints. Pure. */
export function parsePostgresFit(text: string): PostgresFit {
  const lines = text.split("\n");
  const [server = ""] = valuesOf(lines, "server");
  return {
    data: valuesOf(lines, "data")[0] ?? null,
    // Such as `postgres (PostgreSQL) 18beta1`.
    server: /PostgreSQL\) (\d+)/.exec(server)?.[1] ?? null,
    timescaledb: lines.includes("libraries") ? valuesOf(lines, "timescaledb") : null,
  };
}

/** Reads what REDIS_FIT prints. Pure. */
export function parseRedisFit(text: string): RedisFit {
  const lines = text.split("\n");
  return { server: valuesOf(lines, "server")[0] ?? null, refused: valuesOf(lines, "refused") };
}

/** Reads what TIMESCALEDB_IN_USE prints: databases by the version that they have. Pure. */
export function parseTimescaledbInUse(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [, version = "", database = ""] of text.matchAll(/^(\d\S*) (.+)$/gm))
    found.set(version, [...(found.get(version) ?? []), database]);
  return found;
}

function valuesOf(lines: readonly string[], key: string): string[] {
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}
