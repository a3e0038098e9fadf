import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { promotePostgres, type PromotionBounds } from "../../drills/engine/promote-postgres";
import type { DrillRun } from "../../drills/engine/drill-run";
import { pollUntil } from "../../drills/hosts/bounded";
import { identify, streamingTo, type PostgresSession } from "../../drills/hosts/postgres";
import { slotName } from "../../settings/names";
import { canRunPostgres } from "../support/real-postgres";
import { StreamingPostgres } from "../support/streaming-postgres";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const BOUNDS: PromotionBounds = { slowMs: 300, promotedMs: 20_000, refusedMs: 1000 };

describe("a promotion of a real standby that takes longer than expected", function () {
  this.timeout(60_000);
  const started: StreamingPostgres[] = [];
  after(() => Promise.all(started.map((one) => one.stop())));
  const folder = temporaryFolder();
  let primary: StreamingPostgres;

  before(async function () {
    if (!canRunPostgres()) this.skip();
    primary = await StreamingPostgres.primary(path.join(folder(), "primary"), ["max_standby_streaming_delay = -1"]);
    started.push(primary);
    await primary.query("create table kept (id int)");
  });

  let turn = 0;
  async function standby(): Promise<{ server: StreamingPostgres; run: DrillRun; marks: string[] }> {
    turn += 1;
    const server = await StreamingPostgres.standby(
      path.join(folder(), `standby-${turn}`),
      primary,
      slotName(`s${turn}`),
    );
    started.push(server);
    const environment = sampleEnvironment(2);
    environment.ports.postgres = server.port;
    const to = { host: { name: "host-b", address: "127.0.0.1" }, sql: await server.open() };
    const run = { to, environment, credentials: { postgres: "" } } as unknown as DrillRun;
    return { server, run, marks: [] };
  }
  const recorder = (marks: string[]): { mark: (name: string) => number } => ({ mark: (name) => marks.push(name) });

  /** Replay waits for a query of the standby, and the promotion with it. */
  async function blocked(server: StreamingPostgres): Promise<PostgresSession> {
    const reader = await server.open();
    await reader.query("begin");
    await reader.query("select * from kept");
    await primary.query("alter table kept add column if not exists note text");
    await primary.query("alter table kept drop column note");
    await sleep(500);
    return reader;
  }

  it("is waited for and told, and the old primary is told to follow meanwhile, once", async () => {
    const { server, run, marks } = await standby();
    const reader = await blocked(server);
    let slow = 0;
    const promoting = promotePostgres(run, recorder(marks), () => (slow += 1), BOUNDS);
    await sleep(1500);
    await reader.query("commit");
    await reader.end();
    await promoting;
    expect((await identify(run.to.sql)).inRecovery).to.equal(false);
    expect(slow).to.equal(1);
    expect(marks[0]).to.equal("promote-timescaledb");
    expect(marks.at(-1)).to.equal("timescaledb promoted");
    expect(marks.filter((mark) => mark === "timescaledb is not promoted yet: it is in recovery")).to.have.length.within(
      2,
      6,
    );
    await run.to.sql.end();
  });

  it("goes on when the session to it is lost", async () => {
    const { server, run, marks } = await standby();
    const reader = await blocked(server);
    const lost = run.to.sql;
    const promoting = promotePostgres(run, recorder(marks), undefined, BOUNDS);
    await sleep(400);
    await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'understudy-drill' and pid <> pg_backend_pid() and state <> 'idle in transaction'",
    );
    await reader.query("commit");
    await reader.end();
    await promoting;
    expect(run.to.sql).not.to.equal(lost);
    expect((await identify(run.to.sql)).inRecovery).to.equal(false);
    await run.to.sql.end();
  });

  it("fails with what it knows when its time is up: it may be promoted later", async () => {
    const { server, run, marks } = await standby();
    const reader = await blocked(server);
    let thrown: unknown;
    await promotePostgres(run, recorder(marks), undefined, { ...BOUNDS, promotedMs: 1000 }).catch(
      (error: unknown) => (thrown = error),
    );
    expect(String(thrown))
      .to.include("not seen to be promoted")
      .and.include("it is in recovery; it may be promoted later");
    await reader.query("commit");
    await reader.end();
    await run.to.sql.end();
  });

  it("the old primary can begin to follow before it has ended, and is there when it has", async () => {
    const { server, run, marks } = await standby();
    const reader = await blocked(server);
    await server.query("select pg_create_physical_replication_slot('understudy_old', true)");
    await primary.stop("SIGINT");
    let old: Promise<void> | undefined;
    const follow = (): void => {
      const from = `host=127.0.0.1 port=${server.port} user=postgres application_name=understudy_old`;
      primary.configure(`primary_conninfo = '${from}'`, "primary_slot_name = 'understudy_old'");
      writeFileSync(path.join(primary.folder, "standby.signal"), "");
      old = primary.start();
    };
    const promoting = promotePostgres(run, recorder(marks), follow, BOUNDS);
    await sleep(1500);
    await reader.query("commit");
    await reader.end();
    await promoting;
    await old;
    const { timeline } = await identify(run.to.sql);
    const { reached, reading } = await pollUntil(
      () => streamingTo(run.to.sql, "understudy_old"),
      (streaming) => streaming?.state === "streaming",
      { deadlineMs: 15_000, pauseMs: 50 },
    );
    expect(reached, JSON.stringify(reading)).to.equal(true);
    await run.to.sql.query("insert into kept values (1)");
    const sql = await primary.open();
    const followed = await pollUntil(
      () => identify(sql),
      (one) => one.inRecovery && one.timeline === timeline,
      { deadlineMs: 15_000, pauseMs: 50 },
    );
    expect(followed.reached, JSON.stringify(followed.reading)).to.equal(true);
    await sql.end();
    await run.to.sql.end();
  });
});
