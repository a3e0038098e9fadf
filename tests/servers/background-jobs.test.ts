import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Agent, AgentAnswer } from "../../drills/hosts/agent";
import { DATABASE_QUERY } from "../../drills/hosts/findings/postgres-queries";
import { letJobsRest, letJobsRun, requireJobs } from "../../drills/planned/background-jobs";
import { ownPassword } from "../../settings/own-roles";
import { beginPair } from "../support/begin-pair";
import { askAgent } from "../support/guarded-drill";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { jobsStandIn } from "../support/jobs-stand-in";

const CREDENTIALS = { postgres: randomBytes(9).toString("hex"), replication: randomBytes(9).toString("hex") };
/** Names that a shell or SQL would take apart. */
const WITH_JOBS = ["metrics", "it's two words", "a;b $HOME"];

/** By a stand-in for two functions of TimescaleDB, which is not to be had here: they note that they were called. */
describe("background jobs of TimescaleDB, by a stand-in for its functions, over a real PostgreSQL", function () {
  this.timeout(120_000);
  let [a, b]: GuardedPostgres[] = [];

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    const passwords = { ...CREDENTIALS, guard: ownPassword(CREDENTIALS, "understudy_guard") };
    a = await GuardedPostgres.make("host-a", passwords);
    b = await GuardedPostgres.make("host-b", passwords);
    [a.peer, b.peer] = [b, a];
    await beginPair(a, b, CREDENTIALS);
    for (const name of [...WITH_JOBS, "plain"]) a.sql(`create database "${name}"`);
    for (const name of WITH_JOBS) a.sql(jobsStandIn(), name);
    const one = a;
    await one.until("the standby", () => one.sql("select count(*) from pg_stat_replication") === "1");
  });
  after(async () => {
    for (const one of [a, b]) await one?.remove();
  });
  afterEach(() => {
    for (const name of WITH_JOBS) primary().sql("truncate told", name);
  });

  const primary = (): GuardedPostgres => a ?? expect.fail();
  const told = (): readonly (string | undefined)[] =>
    WITH_JOBS.map((name) => primary().sql("select string_agg(word, ' ' order by at) from told", name));

  const say = (...commands: readonly string[]): AgentAnswer => askAgent(primary(), ...commands);
  /** An agent that loses its drill after each of its answers. */
  const agent: Agent = { ask: (command) => Promise.resolve(say(command)), close: () => undefined };
  const marks: string[] = [];
  const recorder = { mark: (name: string) => marks.push(name), require: () => undefined };

  it("are found in the databases that have them", () => {
    const jobs = (name: string): string | undefined =>
      primary().sql(`select facts ->> 'jobs' from (${DATABASE_QUERY}) asked`, name);
    expect([...WITH_JOBS, "plain"].map(jobs)).to.deep.equal(["true", "true", "true", "false"]);
  });

  it("rest in each of them, and run again by an order, once", () => {
    const answer = say("jobs-rest", "jobs-run");
    expect(answer.get("resting")).to.have.members(WITH_JOBS);
    expect(answer.get("running")).to.have.members(WITH_JOBS);
    expect(answer.get("no-answer")).to.equal(undefined);
    expect(told()).to.deep.equal(WITH_JOBS.map(() => "stop start"));
  });

  it("run again when the drill is gone before the server was stopped", async () => {
    expect(await letJobsRest({ host: { name: "host-a" }, agent }, recorder)).to.have.members(WITH_JOBS);
    expect(marks).to.deep.equal(["background jobs rest"]);
    expect(told()).to.deep.equal(WITH_JOBS.map(() => "stop start"));
  });

  it("are none where somebody else than a superuser has made functions of that name: they are not called", () => {
    const [name = ""] = WITH_JOBS;
    const jobs = `select facts ->> 'jobs' from (${DATABASE_QUERY}) asked`;
    primary().sql("create role somebody");
    for (const what of ["function _timescaledb_functions.stop_background_workers()", "schema _timescaledb_functions"]) {
      primary().sql(`alter ${what} owner to somebody`, name);
      expect(primary().sql(jobs, name), what).to.equal("false");
      const answer = say("jobs-rest");
      expect(answer.get("resting"), what).to.have.members(WITH_JOBS.slice(1));
      expect(answer.get("no-answer"), what).to.equal(undefined);
      primary().sql(`alter ${what} owner to postgres`, name);
    }
    // The other function was a superuser's in the first case, in a superuser's schema.
    expect(told()[0]).to.equal("start");
  });

  it("are told of where a database does not answer, and do not keep the others", () => {
    const [, shut = ""] = WITH_JOBS;
    primary().sql(
      "create or replace function _timescaledb_functions.stop_background_workers() returns bool language sql as 'select false'",
      shut,
    );
    const answer = say("jobs-rest");
    expect(answer.get("no-answer")).to.deep.equal([shut]);
    expect(answer.get("resting")).to.have.length(WITH_JOBS.length - 1);
    primary().sql(jobsStandIn(), shut);
  });

  it("are looked for on the new primary, and a database in which they do not run is counted", async () => {
    expect(await letJobsRun(agent)).to.have.members(WITH_JOBS);
    const checks: unknown[] = [];
    const noting = { ...recorder, require: (one: readonly unknown[]) => void checks.push(...one) };
    await requireJobs([], { host: { name: "host-a" }, agent }, noting);
    expect(checks).to.deep.equal([]);
    await requireJobs(WITH_JOBS, { host: { name: "host-a" }, agent }, noting);
    expect(checks).to.deep.include({
      name: "databases with background jobs",
      host: "host-a",
      measured: 3,
      limit: 3,
      ok: true,
    });
  });

  it("are not told to run when the server was stopped: its next start does that", async () => {
    const answer = say("jobs-rest", "demote 10 60", "resume");
    expect(answer.get("resting")).to.have.length(WITH_JOBS.length);
    expect(answer.get("no-answer")).to.equal(undefined);
    await primary().until("the server again", () => primary().sql("select 1") === "1");
    expect(told()).to.deep.equal(WITH_JOBS.map(() => "stop"));
  });
});
