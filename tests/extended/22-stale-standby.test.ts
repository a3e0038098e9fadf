import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { containerName } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { LAB_ENVIRONMENT, labEnvironment, understudy } from "../support/lab-stacks";
import { drill, good, untilWhole } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;

describe("a standby that did not follow when its primary lost its power", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const file = (name: string): string => `${folder()}/${name}.env`;

  function onPrimary(sql: string): Promise<string> {
    const engine = connectEngine(viewFrom(labEnvironment(), "host-a").self);
    const query = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "understudy", "-Atc", sql];
    return runInContainer(engine.docker, containerName("timescaledb"), query).finally(() => engine.close());
  }

  before(async () => {
    await untilWhole("host-a");
    await sleep(5000);
    await onPrimary(
      "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'understudy_host_b'",
    );
    await onPrimary("select pg_drop_replication_slot('understudy_host_b')");
    await onPrimary("create table theirs as select generate_series(1, 300000) as number");
    await sleep(40_000);
  });
  after(() => labHeal(quiet));

  it("is told by status from the first minute, with the reason", async () => {
    const status = await understudy("status", "--env-config", LAB_ENVIRONMENT);
    expect(status.code).to.equal(1);
    expect(status.stdout).to.match(/unprotected since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: slot-missing/);
  });

  it("is refused with the bound, and the words that would allow it", async () => {
    await strikeFault("power-loss", "host-a", quiet);
    const run = await drill(file("refused"), "--unplanned");
    expect(run.code, run.stdout + run.stderr).to.equal(3);
    expect(run.stdout).to.match(
      /host-b has everything up to .*; host-a was alive until .* of writes would be given up/,
    );
    expect(run.stdout).to.include('--accept-loss "HOW YOU KNOW"');
  });

  it("is promoted with them, and its loss is unknown", async () => {
    const run = good(await drill(file("accepted"), "--unplanned", "--accept-loss", "a test of the lab"));
    expect(run.stdout).to.include("lost unknown").and.include("gave up what may be lost: a test of the lab");
  });
});
