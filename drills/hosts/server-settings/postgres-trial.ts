import type Docker from "dockerode";
import { filePath, containerName } from "../../../settings/names";
import { postgresLine, PRELOAD, settingsText, type LayeredSetting } from "../../../settings/server/layers";
import { readInContainer } from "../run-in-container";
import { eachAlone, parseTrial, type Trial } from "./trial";

const TRIAL_MS = 120_000;

/**
 * Asks the container's own PostgreSQL whether it would start so: it loads what is to be preloaded and checks every value before
 * it answers for one, in a folder of its own, and starts no server. Words: the text of all settings, then a name and a text for
 * each alone; which are asked when all together are refused.
 */
export const POSTGRES_TRIAL = `set -u
umask 077
trial=$(mktemp -d) || { echo 'untried no room to ask PostgreSQL'; exit 0; }
trap 'rm -rf "$trial"' EXIT
[ -s "$PGDATA/PG_VERSION" ] || { echo 'untried it has no data yet'; exit 0; }
if ! { mkdir "$trial/data" "$trial/data/global" && cp "$PGDATA/PG_VERSION" "$trial/data/" &&
  cp "$PGDATA/global/pg_control" "$trial/data/global/" &&
  sed '/^include_if_exists /d' ${filePath("postgresql.conf")} >"$trial/base"; }; then
  echo 'untried its files cannot be read'; exit 0
fi
share=$(pg_config --sharedir 2>/dev/null) || share=/usr/local/share/postgresql
takes() {
  cat "$trial/base" >"$trial/data/postgresql.conf"
  printf '%s\\n' "$1" >>"$trial/data/postgresql.conf"
  if [ -f "$share/extension/timescaledb.control" ]; then
    more=$(printf '%s\\n' "$1" | sed -n "s/^${PRELOAD} = '\\(.*\\)'$/\\1/p")
    printf "${PRELOAD} = 'timescaledb%s'\\n" "\${more:+,$more}" >>"$trial/data/postgresql.conf"
  fi
  timeout 20 postgres -D "$trial/data" -C shared_memory_size >"$trial/out" 2>"$trial/why" </dev/null
}
words() { tr '\\n\\t' '  ' <"$trial/why"; }
if takes "$1"; then echo "taken $(tail -n 1 "$trial/out")"; exit 0; fi
printf 'refused\\t\\t%s\\n' "$(words)"
shift
while [ $# -gt 1 ]; do
  takes "$2" || printf 'refused\\t%s\\t%s\\n' "$1" "$(words)"
  shift 2
done`;

/** What the trial is told: everything, then each setting alone, and each library by itself. */
export function postgresTrialWords(layers: readonly LayeredSetting[]): readonly string[] {
  const alone = layers.flatMap((one) =>
    one.name === PRELOAD
      ? one.value.split(",").map((value) => ({ ...one, value, name: one.name, label: `${PRELOAD} ${value}` }))
      : [{ ...one, label: one.name }],
  );
  return [
    settingsText(layers, postgresLine),
    ...alone.flatMap(({ label, ...one }) => [label, eachAlone(one, layers, postgresLine)]),
  ];
}

/** Tries settings on one host; nothing of its server changes. @throws Error when its engine does not say */
export async function tryPostgres(docker: Docker, layers: readonly LayeredSetting[]): Promise<Trial> {
  const command = ["sh", "-c", POSTGRES_TRIAL, "sh", ...postgresTrialWords(layers)];
  return parseTrial(await readInContainer(docker, containerName("timescaledb"), command, TRIAL_MS));
}
