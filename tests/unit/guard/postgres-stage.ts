import { Stage } from "./stage";

/** What the peer's PostgreSQL answers to the guard's question. */
export function peerAnswer(role: "primary" | "standby", timeline: number, system = "7300"): string {
  return `${role} ${system} ${timeline}\n`;
}

/** A stage for the guard of timescaledb, with its password files and an empty data directory. */
export function emptyPostgres(shell: readonly string[]): Stage {
  const stage = new Stage("postgres-guard.sh", shell);
  stage.write("understudy/secrets/replication", "re:pl\\ication\nsecond line\n");
  stage.write("understudy/secrets/postgres", "super\n");
  stage.write("data/pgdata/.keep");
  return stage;
}

/** A host that was primary on timeline 3 and has had a standby. */
export function formerPrimary(shell: readonly string[]): Stage {
  const stage = emptyPostgres(shell);
  stage.write("data/pgdata/PG_VERSION", "15\n");
  stage.write("data/pgdata/pg_wal/00000003.history", "2\t0/5000000\tno recovery target specified\n");
  stage.write("data/understudy/paired");
  stage.write(
    "stage/control",
    "Database system identifier:           7300\nLatest checkpoint's TimeLineID:       3\n" +
      "Latest checkpoint's PrevTimeLineID:   3\n",
  );
  return stage;
}
