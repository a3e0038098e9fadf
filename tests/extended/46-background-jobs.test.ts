import path from "node:path";
import { expect } from "chai";
import { openAgent } from "../../drills/hosts/agent";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { viewFrom } from "../../settings/pair";
import { jobsStandIn } from "../support/jobs-stand-in";
import { drill, good, untilWhole, type HostName } from "../support/lab-pair";
import { labEnvironment } from "../support/lab-stacks";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const DATABASE = "metrics with jobs";

/** By a stand-in for two functions of TimescaleDB, which the lab's image does not have: they note that they were called. */
describe("background jobs of TimescaleDB, by a stand-in for its functions, on the lab", function () {
  this.timeout(300_000);
  this.slow(120_000);
  const folder = temporaryFolder();

  before(async () => {
    await untilWhole("host-a");
    await onPrimary("host-a", "postgres", `create database "${DATABASE}"`);
    for (const statement of jobsStandIn().split(/;\s*/u).filter(Boolean))
      await onPrimary("host-a", DATABASE, statement);
  });
  after(() => onPrimary("host-a", "postgres", `drop database if exists "${DATABASE}" with (force)`));
  afterEach(() => onPrimary("host-a", DATABASE, "truncate told"));

  const at = (host: HostName) => viewFrom(labEnvironment(), host).self;

  async function onPrimary(host: HostName, database: string, statement: string): Promise<readonly unknown[]> {
    const session = await openSuperuser(at(host), database);
    return session
      .query<Record<string, unknown>>(statement)
      .then(({ rows }) => rows.flatMap((row) => Object.values(row)))
      .finally(() => session.end());
  }
  const told = (host: HostName): Promise<readonly unknown[]> =>
    onPrimary(host, DATABASE, "select word from told order by at");

  it("rest before the stop and run on the new primary, there and back, and the evidence says so", async () => {
    for (const to of ["host-b", "host-a"] as const) {
      const from: HostName = to === "host-a" ? "host-b" : "host-a";
      const one = await drill(path.join(folder(), `to-${to}.env`), "--to", to);
      good(one);
      const { findings, steps } = one.document();
      expect(findings?.listed.filter(({ key }) => key === "background-jobs")).to.deep.equal([
        {
          ...{ key: "background-jobs", store: "timescaledb", host: from },
          ...{ severity: "ended", detail: DATABASE, next: null },
        },
      ]);
      const marks = steps.flatMap((step) => step.marks.map(({ name }) => `${step.step}: ${name}`));
      expect(marks).to.include.members(["demote-primary: background jobs rest", "verify: background jobs run"]);
      await untilWhole(to);
    }
    expect(await told("host-a")).to.deep.equal(["stop", "start", "stop", "start"]);
  });

  it("run again when the line to the host ends before the server is stopped", async () => {
    const engine = connectEngine(at("host-a"));
    const agent = await openAgent(engine.docker, "host-a");
    expect((await agent.ask("jobs-rest")).get("resting")).to.deep.equal([DATABASE]);
    expect(await told("host-a")).to.deep.equal(["stop"]);
    agent.close();
    engine.close();
    const { reading } = await pollUntil(
      () => told("host-a"),
      (words) => words.length > 1,
      { deadlineMs: 20_000, pauseMs: 500 },
    );
    expect(reading).to.deep.equal(["stop", "start"]);
  });
});
