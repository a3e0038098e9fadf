/**
 * What stands in for the programs a boot guard calls. Each reads what it is to say from a file in $STAGE and notes that
 * it was called in $STAGE/calls.
 */
const NOTE = 'printf "%s\\n" "${0##*/} $*" | tr "\\n" " " >>"$STAGE/calls"; echo >>"$STAGE/calls"';

function says(file: string, otherwise: string): string {
  return `#!/bin/sh\n${NOTE}\nif [ -f "$STAGE/${file}" ]; then cat "$STAGE/${file}"; else ${otherwise}; fi\n`;
}

/**
 * A server: notes its process id and its arguments, ends with the code in $STAGE/exit-code when that file appears, or
 * with 0 on SIGINT and SIGTERM, or when its stage is gone. Not a shell script: those cannot catch a signal that was ignored when they started.
 */
const SERVER = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, rmSync } = require("node:fs");
const stage = process.env.STAGE;
const end = (code) => process.exit(code);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
  appendFileSync(stage + "/signals", signal + "\\n");
  end(0);
});
appendFileSync(stage + "/started", JSON.stringify({ pid: process.pid, args: process.argv.slice(2) }) + "\\n");
setInterval(() => {
  if (!existsSync(stage)) end(0);
  if (!existsSync(stage + "/exit-code")) return;
  const code = Number(readFileSync(stage + "/exit-code", "utf8"));
  rmSync(stage + "/exit-code");
  end(code);
}, 5);
`;

const CLONE = `#!/bin/sh
${NOTE}
[ -f "$STAGE/clone-fails" ] && exit 1
while [ $# -gt 0 ]; do [ "$1" = -D ] && folder=$2; shift; done
mkdir -p "$folder/pg_wal" && echo 15 >"$folder/PG_VERSION" && echo cloned >"$folder/origin"
`;

export const FAKE_COMMANDS: Readonly<Record<string, string>> = {
  psql: says("peer", "exit 2"),
  pg_controldata: says("control", "exit 1"),
  pg_rewind: says("rewind", "exit 1"),
  pg_basebackup: CLONE,
  pg_config: "#!/bin/sh\nexit 1\n",
  "docker-entrypoint.sh": SERVER,
  "redis-cli": says("peer", "exit 1"),
  "redis-server": SERVER,
};
