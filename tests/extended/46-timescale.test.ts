import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ownPassword } from "../../settings/own-roles";
import { beginPair } from "../support/begin-pair";
import { askAgent, GuardedDrill, streams } from "../support/guarded-drill";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { POSTGRES_BIN } from "../support/server-programs";

const CREDENTIALS = { postgres: randomBytes(9).toString("hex"), replication: randomBytes(9).toString("hex") };
const METRICS = "metrics";
const ROWS = `
  create table readings (at timestamptz not null, sensor int not null, value float8 not null);
  select create_hypertable('readings', 'at', chunk_time_interval => interval '1 day');
  insert into readings select at, sensor, sensor from generate_series(now() - interval '10 days', now(), interval '10 minutes') at,
    generate_series(1, 10) sensor;
  alter table readings set (timescaledb.compress, timescaledb.compress_segmentby = 'sensor')`;
const COMPRESSED =
  "select count(compress_chunk(one)) from show_chunks('readings', older_than => interval '2 days') one";
const HOURLY = `create materialized view hourly with (timescaledb.continuous) as
  select time_bucket('1 hour', at) as hour, sensor, avg(value) as value from readings group by 1, 2`;
const POLICY = `select add_continuous_aggregate_policy('hourly', start_offset => null, end_offset => interval '1 hour',
  schedule_interval => interval '5 seconds')`;
const FACTS = `select (select count(*) from readings) || ' rows, ' ||
  (select count(*) from timescaledb_information.chunks where hypertable_name = 'readings' and is_compressed) || ' compressed chunks, ' ||
  (select count(*) || ' hours of ' || sum(value) from hourly)`;
const SCHEDULERS = `select count(*) from pg_stat_activity
  where backend_type = 'TimescaleDB Background Worker Scheduler' and datname = '${METRICS}'`;
const RUNS = `select coalesce(sum(total_successes), 0) from timescaledb_information.job_stats where hypertable_name is not null`;

/** Where the extensions of a server lie, from the folder of its programs: as it is built, and as Debian has it. */
const EXTENSIONS = ["../share/extension", "../share/postgresql/extension", "../../../../share/postgresql/{}/extension"];
const HAS_TIMESCALE =
  CAN_GUARD_POSTGRES &&
  EXTENSIONS.some((one) => {
    const bin = POSTGRES_BIN ?? "";
    const folder = one.replace("{}", path.basename(path.dirname(bin)));
    return existsSync(path.join(bin, folder, "timescaledb.control"));
  });

/** With the PostgreSQL of this machine, or of the folder that `UNDERSTUDY_TEST_POSTGRES` names: one that has TimescaleDB. */
describe("compressed chunks, a continuous aggregate and jobs of a TimescaleDB over switchovers", function () {
  this.timeout(300_000);
  let [a, b]: GuardedPostgres[] = [];
  const drill = new GuardedDrill(CREDENTIALS);

  if (!HAS_TIMESCALE) {
    process.stdout.write("  skipped: TimescaleDB over switchovers, because no PostgreSQL here has its library\n");
    return;
  }

  before(async () => {
    const passwords = { ...CREDENTIALS, guard: ownPassword(CREDENTIALS, "understudy_guard") };
    a = await GuardedPostgres.make("host-a", passwords);
    b = await GuardedPostgres.make("host-b", passwords);
    a.tell("primary");
    a.start();
    const [one, other] = [a, b];
    await one.until("a primary", () => one.sql("select 1") === "1");
    const version = one.sql("select default_version from pg_available_extensions where name = 'timescaledb'");
    console.log(`    TimescaleDB ${version ?? "?"} on PostgreSQL ${one.sql("show server_version") ?? "?"}`);
    await one.stop();
    for (const host of [one, other]) {
      const conf = `${host.files["postgresql.conf"] ?? ""}\nshared_preload_libraries = 'timescaledb'\ntimescaledb.telemetry_level = off\n`;
      host.files = { ...host.files, "postgresql.conf": conf };
      host.writeFiles();
    }
    [one.peer, other.peer] = [other, one];
    await beginPair(one, other, CREDENTIALS);
    await one.until("the standby", () => streams(one));
    await one.until("the database", () => one.sql(`create database ${METRICS}`) !== undefined);
    for (const words of ["create extension timescaledb", ROWS, COMPRESSED, HOURLY, POLICY])
      if (one.sql(words, METRICS) === undefined) throw new Error(`it was refused: ${words}`);
  });
  after(async () => {
    await drill.end();
    for (const one of [a, b]) await one?.remove();
  });

  const pair = (): readonly [GuardedPostgres, GuardedPostgres] => [a ?? expect.fail(), b ?? expect.fail()];
  const runs = (host: GuardedPostgres): number => Number(host.sql(RUNS, METRICS) ?? "0");

  for (const way of ["there", "back"] as const)
    it(`${way}: the jobs rest before the stop, all of it is there afterwards, and the jobs go on`, async () => {
      const [from, to] = way === "there" ? pair() : [pair()[1], pair()[0]];
      await from.until("a run of the job", () => runs(from) > 0);
      const before = from.sql(FACTS, METRICS);
      expect(before).to.match(/^\d+ rows, [1-9]/);
      const standby = await drill.session(to);
      await standby.query(`select understudy.make_slot('understudy_${from.host.replace("-", "_")}')`);
      const { seal, resting } = await drill.switchOver(from, to);
      expect(resting).to.include(METRICS);
      console.log(`    ${way}: ${before ?? "?"}; timeline ${seal.timeline} sealed at ${seal.endLsn}`);
      expect(to.sql(FACTS, METRICS)).to.equal(before);
      expect(askAgent(to, "jobs-run").get("running")).to.include(METRICS);
      expect(to.sql(SCHEDULERS)).to.equal("1");
      const had = runs(to);
      await to.until("another run of the job", () => runs(to) > had);
    });
});
