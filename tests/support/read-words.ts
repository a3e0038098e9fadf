/** One place in the code that reads what a program says in words, and why it may. */
export interface ReadWords {
  readonly file: string;
  /** A piece of the line. */
  readonly piece: string;
  /** Whose words they are, and why there is no code. */
  readonly why: string;
  /** The test that hears them from the program itself; null where nothing is decided by them, or they are our own. */
  readonly heard: string | null;
}

const TOOLS = "tests/servers/backup-tools.test.ts";
const ENGINE = "tests/contract/engine-words.test.ts";

const people = (file: string, piece: string): ReadWords => ({ file, piece, why: "shown to people alone", heard: null });
const ours = (file: string, piece: string): ReadWords => ({ file, piece, why: "written by this project", heard: null });
const format = (file: string, piece: string): ReadWords => ({
  ...{ file, piece, why: "a file or an answer of a fixed form, not a message", heard: null },
});

/** Every place. What a server answers is read by its SQLSTATE, by the first word of its RESP error, or by an exit code. */
export const READ_WORDS: readonly ReadWords[] = [
  // restic of Debian 12 ends with 1 whatever was wrong, and with 0 after a restore that was not whole.
  { file: "configs/backup/tidy.sh", piece: "'already locked'", why: "restic", heard: TOOLS },
  { file: "configs/backup/take.sh", piece: "'already locked'", why: "restic", heard: TOOLS },
  { file: "configs/backup/keys.sh", piece: "'already locked'", why: "restic", heard: TOOLS },
  people("configs/backup/keys.sh", 'while ! with "$@" >"$run/keys" 2>&1'),
  people("drills/services/grafana/admin-password.ts", "grafana cli admin reset-admin-password"),
  { file: "configs/backup/restore.sh", piece: "'there were", why: "restic", heard: TOOLS },
  people("configs/backup/ask.sh", '>"$run/check.$$" 2>&1'),
  people("configs/backup/ask.sh", "grep -v '^\\(using"),
  people("configs/backup/ask.sh", "grep -o '[0-9a-f]"),
  people("configs/backup/ask.sh", "grep -o 'in snapshot"),
  people("configs/backup/tidy.sh", '>"$run/tidy" 2>&1'),
  people("configs/backup/tidy.sh", "grep -v '^\\(using"),
  people("configs/backup/take.sh", "grep -v '^using"),
  people("configs/backup/prepare.sh", '>"$run/rdb" 2>&1'),
  format("configs/backup/tidy.sh", `grep -o '"wal:`),
  format("configs/backup/tidy.sh", `grep -o '"time":`),
  format("configs/backup/service.sh", 'grep -q "\\"$1\\""'),
  format("configs/backup/common.sh", "^PPid:"),
  format("configs/backup/place.sh", "'^replicaof '"),
  format("configs/backup/prepare.sh", "grep -aoFf"),
  // cp of Debian, in the C locale: which files had gone when it came to them.
  { file: "configs/backup/prepare.sh", piece: "'No such file or directory'", why: "cp", heard: TOOLS },
  { file: "configs/backup/archive.sh", piece: "' 42710: '", why: "a SQLSTATE", heard: TOOLS },
  // pg_rewind ends with 0 whether it had anything to do or not, and says so on standard error, in the C locale.
  { file: "configs/guard/postgres-guard.sh", piece: "'no rewind required'", why: "pg_rewind", heard: TOOLS },
  {
    file: "configs/guard/postgres-common.sh",
    piece: '--source-server="$(peer_dsn "$peer_role" understudy)" 2>&1',
    why: "pg_rewind",
    heard: TOOLS,
  },
  people("configs/guard/postgres-salvage.sh", '>"$log" 2>&1'),
  people("configs/guard/redis-encryption.sh", '>"$log" 2>&1'),
  people("drills/hosts/server-settings/redis-trial.ts", '>"$room/out" 2>&1'),
  people("drills/hosts/server-settings/hba-trial.ts", '>"$trial/why" 2>&1'),
  format("configs/guard/redis-identity.sh", "grep -x '[A-Z]*[0-9]*'"),
  people("configs/guard/postgres-salvage.sh", "control-data.txt"),
  // They print what a file of the server holds as text alone.
  ...[
    ["configs/guard/postgres-common.sh", "pg_controldata -D", TOOLS],
    ["configs/guard/postgres-agent.sh", "facts=$(LC_ALL=C pg_controldata", TOOLS],
    ["configs/guard/postgres-agent.sh", "pg_waldump -s", TOOLS],
    ["configs/guard/postgres-diverged.sh", "pg_waldump -e", "tests/servers/diverged-range.test.ts"],
    ["configs/guard/postgres-rejoin-agent.sh", "pg_waldump -s", TOOLS],
    ["configs/guard/postgres-common.sh", 'pg_rewind "$@"', TOOLS],
    ["configs/guard/postgres-rejoin.sh", "*'no rewind required'*", TOOLS],
    ["operator/salvage/scratch-server.ts", "pg_controldata -D", TOOLS],
    ["drills/hosts/seal.ts", 'record.includes("CHECKPOINT_SHUTDOWN")', TOOLS],
  ].map(([file = "", piece = "", heard = ""]) => ({ file, piece, why: "a PostgreSQL tool without codes", heard })),
  people("drills/services/backup/curl-in-hub.ts", "curl -sS --max-time 30"),
  people("drills/rejoin/decide-postgres.ts", "pg_rewind cannot"),
  // PostgreSQL's driver for Node.js.
  {
    file: "drills/hosts/postgres.ts",
    piece: "READ_TIMEOUT",
    why: "pg",
    heard: "tests/unit/drills/hosts/postgres.test.ts",
  },
  format("operator/failover/engine-events.ts", 'diagnostic?.severity === "error"'),
  {
    file: "drills/probe/postgres-connection.ts",
    piece: 'notice.severity === "WARNING"',
    why: "PostgreSQL",
    heard: "tests/contract/probe-postgres.test.ts",
  },
  // The driver gives the severity in the server's language: the probe's sessions ask for English.
  {
    file: "drills/probe/postgres-connection.ts",
    piece: 'error.severity === "ERROR"',
    why: "PostgreSQL",
    heard: "tests/contract/probe-postgres.test.ts",
  },
  format("configs/guard/postgres-salvage.sh", "grep -c ''"),
  ours("configs/guard/postgres-diverged.sh", "'exit 0'"),
  format("configs/guard/redis-guard.sh", "'^replicaof '"),
  format("configs/guard/redis-encryption.sh", "grep -qx"),
  format("configs/guard/redis-users.sh", "'^user default on"),
  format("configs/guard/redis-own-users.sh", "grep -v '^OK$'"),
  ours("configs/guard/follow-record.sh", "^role="),
  format("operator/salvage/scratch-server.ts", "dbsize | grep -"),
  ours("operator/release/release-stores.ts", "grep -q ^held"),
  ours("operator/release/release-stores.ts", "'^held empty'"),
  ours("operator/lifecycle/identity.ts", "'^held empty'"),
  format("configs/guard/prune-journal.sh", "grep -x '[0-9]"),
  ours("configs/backup/archive.sh", "has_room timescaledb 2>&1"),
  people("configs/backup/base.sh", "grep -v '^NOTICE: '"),
  format("configs/backup/base.sh", `grep -o '"bytes:`),
  { file: "configs/backup/base.sh", piece: "pg_controldata -D", why: "pg_controldata", heard: TOOLS },
  people("configs/backup/base.sh", '2>"$run/base.log"'),
  people("configs/backup/confirm.sh", '>"$run/$service.tag" 2>&1'),
  { file: "configs/backup/confirm.sh", piece: "'already locked'", why: "restic", heard: TOOLS },
  format("configs/backup/confirm.sh", `grep -o '"short_id`),
  format("configs/backup/batch.sh", `grep -o '"short_id`),
  format("configs/backup/log.sh", `grep -o '"files:`),
  format("configs/backup/base.sh", `grep -o '"short_id`),
  format("configs/backup/restore.sh", "grep -qx"),
  format("drills/services/backup/scratch-plan.ts", "info persistence | grep"),
  // A state of Loki and Tempo, which they give as text alone.
  {
    file: "drills/services/backup/scratch-place.ts",
    piece: "grep -q Terminated",
    why: "a state of a service",
    heard: "tests/contract/stand-in-loki.test.ts",
  },
  {
    file: "drills/services/data-sync/stop-service.ts",
    piece: '"Terminated"',
    why: "a state of a service",
    heard: "tests/contract/stand-in-loki.test.ts",
  },
  { file: "operator/failover/engine-words.ts", piece: "complaint.includes(", why: "Pulumi", heard: ENGINE },
  // bash has no code for what became of a connection; its locale is C.
  {
    file: "drills/hosts/knock.ts",
    piece: "/dev/tcp/",
    why: "bash",
    heard: "tests/unit/operator/doctor/findings.test.ts",
  },
  ours("drills/rejoin/redis-salvage.ts", "could not be loaded"),
  ours("drills/rejoin/postgres-plan.ts", '"unknown command"'),
  ours("drills/rejoin/start-containers.ts", "primary|standby|held"),
  ours("evidence/verify/rules/unplanned.ts", "accepted.reason"),
  ours("operator/failover/pending-changes.ts", '"understudy:"'),
  ours("operator/failover/detached-pulumi.ts", '"--non-interactive"'),
  format("lab/bench/backups/archive-position.sh", 'grep -nv "$zeros"'),
  // The lab runs on one machine, whose iproute2 is known.
  { file: "lab/host/power-switch.sh", piece: "is_down", why: "flags of a link, as iproute2 prints them", heard: null },
];
