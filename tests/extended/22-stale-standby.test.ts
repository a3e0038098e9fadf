import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../drills/hosts/engine";
import { runInContainer } from "../../drills/hosts/run-in-container";
import { rejoinReportSchema } from "../../drills/rejoin/report";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { containerName, REPLICATION_USER } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { LAB_ENVIRONMENT, labEnvironment, understudy } from "../support/lab-stacks";
import { drill, good, untilWhole } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";

const quiet = (): void => undefined;

describe("a standby that did not follow when its primary lost its power", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const file = (name: string): string => `${folder()}/${name}.env`;

  function onPrimary(sql: string, host = "host-a"): Promise<string> {
    const engine = connectEngine(viewFrom(labEnvironment(), host).self);
    const query = ["psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "understudy", "-Atc", sql];
    return runInContainer(engine.docker, containerName("timescaledb"), query).finally(() => engine.close());
  }

  before(async () => {
    await untilWhole("host-a");
    await sleep(5000);
    // Its receiver comes again within milliseconds: it is let in again once its slot is gone.
    await onPrimary(`alter role ${REPLICATION_USER} nologin`);
    await onPrimary(
      "select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = 'understudy_host_b' and active",
    );
    await onPrimary("select pg_drop_replication_slot('understudy_host_b')");
    await onPrimary(`alter role ${REPLICATION_USER} login`);
    await onPrimary("create table theirs as select generate_series(1, 300000) as number");
    await sleep(40_000);
  });
  after(() => labHeal(quiet));

  it("is told by status from the first minute, with the reason", async () => {
    const status = await understudy("status", "--env-config", LAB_ENVIRONMENT);
    expect(status.code).to.equal(1);
    expect(status.stdout, status.stdout).to.match(/unprotected since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: slot-missing/);
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

  it("takes the old primary back with a clone, and keeps its data folder with all 300,000 rows", async () => {
    // The standby has followed up to the first half of how its slot was taken away, and no further.
    await onPrimary(`alter role ${REPLICATION_USER} login`, "host-b");
    await labHeal(quiet);
    const environment = ["--env-config", LAB_ENVIRONMENT];
    const dry = await understudy("rejoin", "host-a", ...environment);
    expect(dry.stdout, dry.stderr).to.match(/user data/);
    const report = `${folder()}/rejoin.json`;
    good(await understudy("rejoin", "host-a", ...environment, "--execute", "--output-file", report));
    const { timescaledb } = rejoinReportSchema.parse(JSON.parse(readFileSync(report, "utf8")));
    expect(timescaledb?.how).to.equal("cloned");
    expect(timescaledb?.salvage).to.include({ keptFolder: true });
    const name = path.posix.basename(timescaledb?.salvage?.folder ?? "");

    const opened = good(await understudy("salvage", "open", "host-a", name, ...environment, "--output", "json"));
    const { commands } = JSON.parse(opened.stdout) as { commands: string[] };
    const psql = commands[0]
      ?.replace("ssh -t", "ssh")
      .replace("exec -it", "exec")
      .replace(/-d \S+$/, "-d understudy");
    const counted = execFileSync("sh", ["-c", `${psql ?? ""} -Atqc "'select count(*) from theirs'"`], {
      encoding: "utf8",
    });
    expect(counted.trim()).to.equal("300000");
    good(await understudy("salvage", "close", "host-a", ...environment));
  });
});
