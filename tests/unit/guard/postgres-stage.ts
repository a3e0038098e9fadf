import { createHash } from "node:crypto";
import { Stage } from "./stage";

const HISTORY = "2\t0/5000000\tno recovery target specified\n";

/** Checksum of the history of timeline 3 that a former primary has. */
export const OWN_HISTORY = createHash("md5").update(HISTORY).digest("hex");

/** What the peer's PostgreSQL answers to the guard's question. */
export function peerAnswer(
  role: "primary" | "standby",
  timeline: number,
  { system = "7300", checked = timeline, history = OWN_HISTORY, lsn = "0/7000000" } = {},
): string {
  return `${role} ${system} ${timeline} ${checked} ${history} ${lsn}\n`;
}

/** A stage for the guard of timescaledb, with its password files and an empty data directory. */
export function emptyPostgres(shell: readonly string[]): Stage {
  const stage = new Stage("postgres-guard.sh", shell);
  stage.write("understudy/files/current/replication", "re:pl\\ication\nsecond line\n");
  stage.write("understudy/files/current/postgres", "super\n");
  stage.write("understudy/files/current/guard", "gu:ard\n");
  stage.write("data/pgdata/.keep");
  return stage;
}

/** A host that was primary on timeline 3, was killed, and has had a standby. */
export function formerPrimary(shell: readonly string[]): Stage {
  const stage = emptyPostgres(shell);
  stage.write("data/pgdata/PG_VERSION", "15\n");
  stage.write("data/pgdata/pg_wal/00000003.history", HISTORY);
  stage.write("data/understudy/paired");
  stage.write(
    "stage/control",
    "Database cluster state:               in production\n" +
      "Database system identifier:           7300\n" +
      "Latest checkpoint location:           0/6000028\n" +
      "Latest checkpoint's REDO location:    0/6000000\n" +
      "Latest checkpoint's TimeLineID:       3\n" +
      "Latest checkpoint's PrevTimeLineID:   3\n" +
      "Bytes per WAL segment:                16777216\n",
  );
  return stage;
}
