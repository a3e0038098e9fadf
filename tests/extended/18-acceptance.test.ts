import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EvidenceDocument } from "../../drills/evidence/document";
import { openPair, openSql } from "../../drills/hosts/sessions";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { SERVICE_NAMES } from "../../settings/services";
import { snapshotHost } from "../support/host-snapshot";
import { ACCEPTANCE_FOLDER } from "../support/kept-evidence";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const HOSTS = { fromHost: "host-a", toHost: "host-b" };
const HEALTH = "docs/results/prodlike_multi_host_health_report.json";
const REQUIREMENTS = "docs/requirements/develop_requirements.yaml";
const quiet = (): void => undefined;

function good(finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(0);
  return finished;
}

const evidence = (name: string): string => path.join(ACCEPTANCE_FOLDER, `${name}.env`);
const documentOf = (name: string): EvidenceDocument =>
  JSON.parse(readFileSync(path.join(ACCEPTANCE_FOLDER, `${name}.json`), "utf8")) as EvidenceDocument;
const failover = (name: string, ...words: string[]): Promise<Finished> =>
  understudy("failover", "--env-config", LAB_ENVIRONMENT, "--output-file", evidence(name), ...words);
const verify = (name: string, maxLost: number, ...words: string[]): Promise<Finished> =>
  understudy("verify", "--evidence", evidence(name), ...limits(maxLost), ...words);
const limits = (maxLost: number): readonly string[] => [
  "--max-failover-seconds",
  "120",
  "--max-data-lag-events",
  String(maxLost),
];

describe("acceptance", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  before(async () => {
    mkdirSync(ACCEPTANCE_FOLDER, { recursive: true });
    await untilAllWell();
  });
  after(async () => {
    await labHeal(quiet);
    await untilAllWell();
  });

  it("dry run changes nothing: both hosts are compared before and after", async () => {
    const { from, to, close } = await openPair(HOSTS, labEnvironment(), await labCredentials());
    try {
      const snapshot = async (): Promise<unknown> => ({ from: await snapshotHost(from), to: await snapshotHost(to) });
      const before = await snapshot();
      good(await failover("dry_run"));
      expect(await snapshot()).to.deep.equal(before);
    } finally {
      close();
    }
    good(await verify("dry_run", 1000, "--mode", "dry-run"));
  });

  it("lag over the threshold: replication is paused while events flow, and the verifier names the metric", async () => {
    const environment = labEnvironment();
    const credentials = await labCredentials();
    const limit = environment.objectives.max_lag_events_before_swap;
    const events = limit + 60;
    const primary = await openSql(viewFrom(environment, "host-a").self, environment, credentials);
    const standby = await openSql(viewFrom(environment, "host-b").self, environment, credentials);
    try {
      await standby.query("select pg_wal_replay_pause()");
      await primary.query(
        `insert into ${EVENTS_TABLE} (run, seq, written_at) select 'acceptance-lag', n, clock_timestamp() from generate_series(1, ${events}) n on conflict do nothing`,
      );
      expect((await failover("lag")).code).to.equal(1);
      expect((await failover("stopped_untouched", "--execute")).code).to.be.oneOf([1, 3]);
    } finally {
      await standby.query("select pg_wal_replay_resume()");
      await primary.query(`delete from ${EVENTS_TABLE} where run = 'acceptance-lag'`);
      await Promise.all([primary.end(), standby.end()]);
    }
    const { code, stdout } = await verify("lag", limit, "--mode", "dry-run");
    expect(code).to.equal(1);
    const [, value] = /max-data-lag-events DATA_SYNC_LAG_EVENTS=(\d+)/.exec(stdout) ?? [];
    expect(Number(value), stdout).to.be.at.least(events);
    expect(documentOf("stopped_untouched").steps.map(({ status }) => status)).not.to.include("passed");
  });

  it("execute: the evidence says success, and a health report of both hosts belongs to it", async () => {
    await untilAllWell();
    good(await failover("planned_there", "--execute"));
    good(await verify("planned_there", 0));
    await untilAllWell();
    good(await failover("planned_back", "--execute"));
    good(await verify("planned_back", 0));
    await untilAllWell();
    good(await understudy("health", "--env-config", LAB_ENVIRONMENT, "--output-file", HEALTH));
    const entries = JSON.parse(readFileSync(HEALTH, "utf8")) as { host: string; service: string; status: string }[];
    expect(entries.filter(({ status }) => status !== "healthy")).to.deep.equal([]);
    for (const host of ["host-a", "host-b"]) {
      const services = entries.filter((one) => one.host === host).map(({ service }) => service);
      expect(services).to.include.members([...SERVICE_NAMES]);
    }
    const report = await understudy("report", "--evidence", evidence("planned_back"));
    good(report);
  });

  it("primary unavailable: the standby takes over, with the failed step and how long it took; the role goes back", async () => {
    await untilAllWell();
    const socket = path.join(folder(), "probe.sock");
    good(await understudy("probe", "--env-config", LAB_ENVIRONMENT, "--socket", socket, "--detach"));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await strikeFault("power-loss", "host-a", quiet);
    good(await failover("unplanned", "--unplanned", "--execute", "--standing-probe", socket));
    good(await verify("unplanned", 1000));
    const env = readFileSync(evidence("unplanned"), "utf8");
    expect(env)
      .to.match(/^FAILOVER_FAILED_STEP=demote-primary$/m)
      .and.match(/^FAILOVER_SUCCESS=true$/m)
      .and.match(/^FAILOVER_DURATION_SECONDS=\d+\.\d{3}$/m);
    await labHeal(quiet);
    const record = path.join(folder(), "rejoin.json");
    const rejoin = (): Promise<Finished> =>
      understudy("rejoin", "host-a", "--env-config", LAB_ENVIRONMENT, "--execute", "--output-file", record);
    good(await rejoin());
    await untilAllWell();
    good(await failover("back_after_loss", "--execute", "--to", "host-a"));
    good(await verify("back_after_loss", 0));
    await untilAllWell();
  });

  it("the mapping gate: a requirement whose code, test or page is missing is refused by name", async () => {
    const planted = path.join(folder(), "requirements.yaml");
    const text = readFileSync(REQUIREMENTS, "utf8");
    writeFileSync(
      planted,
      text +
        [
          "  - id: PLANTED-1",
          "    source: this test",
          "    sentence: Nobody carries this out.",
          "    code: [cli/nobody.ts]",
          "    tests: [tests/unit/nobody.test.ts]",
          "    evidence: [docs/results/nobody.env]",
          "",
        ].join("\n"),
    );
    const language = path.join(folder(), "language.json");
    const words = ["requirements", "verify", "--requirements-file", planted, "--completion-language-report", language];
    const { code, stdout } = await understudy(...words);
    expect(code).to.equal(1);
    for (const fault of ["cli/nobody.ts", "docs/results/nobody.env"]) {
      expect(stdout).to.include(`missing-path: PLANTED-1: ${fault}`);
    }
    expect(stdout).to.include("missing-test: PLANTED-1: tests/unit/nobody.test.ts");
    expect(JSON.parse(readFileSync(language, "utf8"))).to.deep.include({ verdict: "accepted", findings: [] });
  });

  it("all of it stands in the final acceptance document, each scenario with its evidence and hash", async () => {
    for (const old of globSync("docs/results/final_capability_acceptance_*.md")) rmSync(old);
    const files = globSync(`${ACCEPTANCE_FOLDER}/*.env`).sort();
    const { stdout } = await understudy(
      "accept",
      "--evidence",
      ...files,
      "--health-report",
      HEALTH,
      "--output",
      "json",
    );
    const { scenarios, file } = JSON.parse(stdout) as {
      scenarios: { id: string; exhibits: { source: string; sha256: string }[] }[];
      file: string;
    };
    const shown = scenarios.filter(({ exhibits }) => exhibits.length > 0).map(({ id }) => id);
    expect(shown, stdout).to.include.members([
      "primary-unavailable",
      "lag-over-threshold",
      "dry-run-changes-nothing",
      "planned-swap-zero-loss",
      "health-on-both-hosts",
      "swap-back",
      "return-after-loss",
      "stopped-untouched",
    ]);
    const page = readFileSync(file, "utf8");
    for (const { source, sha256 } of scenarios.flatMap(({ exhibits }) => exhibits)) {
      expect(page).to.include(path.basename(source)).and.include(sha256);
    }
  });
});
