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

/**
 * A diverged server on a socket of its own: ends at once when $STAGE/broken is there, and leaves a clean shutdown behind
 * unless $STAGE/unclean is. Its arguments go to $STAGE/isolated.
 */
const ISOLATED = `#!${process.execPath}
const { existsSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const stage = process.env.STAGE;
const file = (name) => stage + "/" + name;
writeFileSync(file("isolated"), process.argv.slice(2).join(" ") + "\\n");
console.log("redo starts");
const end = (code) => {
  rmSync(file("answers"), { force: true });
  if (!existsSync(file("unclean")) && code === 0) {
    const control = readFileSync(file("control"), "utf8");
    writeFileSync(file("control"), control.replace("in production", "shut down").replace("0/6000028", "0/6FFFFF8"));
  }
  process.exit(code);
};
if (existsSync(file("broken"))) end(1);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(0));
writeFileSync(file("answers"), "");
setInterval(() => existsSync(stage) || end(0), 5);
`;

/**
 * The guard's questions are answered from $STAGE/peer. For a return: the diverged server answers while it runs, from
 * here-runs and here-rows; the peer is primary while \`peer\` says so, and answers from there-runs and there-rows.
 */
const PSQL = `#!/bin/sh
${NOTE}
where=there out=/dev/stdout query=
while [ $# -gt 0 ]; do
  case $1 in -o) out=$2; shift ;; -h) where=here; shift ;; -c) query=$2; shift ;; esac
  shift
done
[ -n "$query" ] || query=$(cat)
say() { if [ -f "$STAGE/$1" ]; then cat "$STAGE/$1" >"$out"; else exit 2; fi; }
if [ $where = here ]; then [ -f "$STAGE/answers" ] || exit 2; elif [ ! -f "$STAGE/peer" ]; then exit 2; fi
case $query in
  checkpoint) [ ! -f "$STAGE/checkpoint-fails" ] ;;
  'select 1') echo 1 ;;
  *datallowconn*) echo understudy ;;
  *pg_relation_filenode*) [ ! -f "$STAGE/$where-names" ] || cat "$STAGE/$where-names" ;;
  *'max(seq)'*) cat "$STAGE/pruned" 2>/dev/null || echo 0 ;;
  *'limit 1) one'*) cat "$STAGE/later" 2>/dev/null || echo 1 ;;
  *'group by run'*) say $where-runs ;;
  *'from understudy.events'*) say $where-rows ;;
  *pg_database_size*) cat "$STAGE/size" 2>/dev/null || echo 1000 ;;
  'select pg_is_in_recovery(), '*) sed -e 's/^primary/f/' -e 's/^standby/t/' "$STAGE/peer" | cut -d ' ' -f 1,2 ;;
  *) cat "$STAGE/peer" ;;
esac
`;

/** The dry run says what $STAGE/rewind does; the rewind itself fails half-way when $STAGE/rewind-fails is there. */
const REWIND = `#!/bin/sh
${NOTE}
case "$*" in
  *--dry-run*) if [ -f "$STAGE/rewind" ]; then cat "$STAGE/rewind"; else exit 1; fi ;;
  *)
    rm -f "$PGDATA/standby.signal"
    echo rewound >"$PGDATA/origin"
    [ ! -f "$STAGE/rewind-fails" ]
    ;;
esac
`;

const CLONE = `#!/bin/sh
${NOTE}
[ -f "$STAGE/clone-fails" ] && exit 1
while [ $# -gt 0 ]; do [ "$1" = -D ] && folder=$2; shift; done
mkdir -p "$folder/pg_wal" && echo 15 >"$folder/PG_VERSION" && echo cloned >"$folder/origin"
`;

/** One that only tries its users, or data of a form, is no start of the server. */
const REDIS = SERVER.replace(
  "const stage",
  'const trial = process.argv.includes("--port");\nif (trial) setInterval(() => {}, 1000);\nelse {\nconst stage',
).concat("}\n");

/** One on trial notes in $STAGE/tried of which form its data are, and ends where $STAGE/unread names it. */
const REDIS_ON_TRIAL = `#!/bin/sh
[ "$1" != --version ] || exec echo "Redis server v=7.0.15 sha=00000000:0 malloc=libc"
dir= before=
for word; do [ "$before" != --dir ] || dir=$word; before=$word; done
case " $* " in *' --port '*)
  if [ -f "$dir/dump.rdb" ]; then
    form=$(head -c 9 "$dir/dump.rdb")
    echo "$form" >>"$STAGE/tried"
    ! grep -qs "$form" "$STAGE/unread" || exit 1
  fi
  : >"$dir/ready" ;;
esac
exec a-redis-server "$@"
`;

/** What stands in the boot guard's PATH instead of PostgreSQL's programs: each answers from the stage's files. */
export const FAKE_COMMANDS: Readonly<Record<string, string>> = {
  psql: PSQL,
  pg_controldata: says("control", "exit 1"),
  pg_rewind: REWIND,
  pg_waldump: says("waldump", "exit 1"),
  pg_basebackup: CLONE,
  pg_config: "#!/bin/sh\nexit 1\n",
  df: says("df", "echo Filesystem; echo 'volume 100000000 1 99999999 1% /'"),
  postgres: `#!/bin/sh\n[ "$1" != --version ] || exec cat "$STAGE/version"\nexec isolated-postgres "$@"\n`,
  "isolated-postgres": ISOLATED,
  "docker-entrypoint.sh": SERVER,
  // Who sends no password hears what the server says before a login. One on trial, for its users, answers at its socket.
  "redis-cli": `#!/bin/sh\n${NOTE}\ncase $* in *'-s '*) [ ! -f "\${2%/s}/ready" ] || echo PONG; exit ;; *ping) exec cat "$STAGE/hears" 2>/dev/null ;; esac\nif [ -f "$STAGE/peer" ]; then cat "$STAGE/peer"; else exit 1; fi\n`,
  pg_isready: `#!/bin/sh\n${NOTE}\nexit "$(cat "$STAGE/listens" 2>/dev/null || echo 2)"\n`,
  "redis-server": REDIS_ON_TRIAL,
  "a-redis-server": REDIS,
};
