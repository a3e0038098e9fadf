import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EvidenceDocument } from "../../evidence/document";
import { openSuperuser } from "../support/superuser";
import { EVENTS_TABLE } from "../../settings/names";
import { viewFrom } from "../../settings/pair";
import { ACCEPTANCE_FOLDER } from "../support/kept-evidence";
import { labEnvironment, LAB_ENVIRONMENT, understudy, type Finished } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";
import { untilAllWell } from "../support/until-all-well";

const HEALTH = "docs/results/prodlike_multi_host_health_report.json";
const REQUIREMENTS = "docs/requirements/develop_requirements.yaml";

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

/** What the files before this one leave for it: the other three scenarios are tests of theirs. */
const LEFT = ["dry_run", "planned_there", "planned_back", "unplanned", "failback", "undone"];

describe("acceptance", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();

  before(async () => {
    expect(LEFT.filter((name) => !existsSync(evidence(name)))).to.deep.equal([], "run the files before this one first");
    mkdirSync(ACCEPTANCE_FOLDER, { recursive: true });
    await untilAllWell();
  });

  it("lag over the threshold: replication is paused while events flow, and the verifier names the metric", async () => {
    const environment = labEnvironment();
    const limit = environment.objectives.max_lag_events_before_swap;
    const events = limit + 60;
    const primary = await openSuperuser(viewFrom(environment, "host-a").self);
    const standby = await openSuperuser(viewFrom(environment, "host-b").self);
    try {
      await standby.query("select pg_wal_replay_pause()");
      await primary.query(
        `insert into ${EVENTS_TABLE} (run, seq, written_at) select 'acceptance-lag', n, clock_timestamp() from generate_series(1, ${events}) n on conflict do nothing`,
      );
      expect((await failover("lag")).code).to.equal(3);
      expect((await failover("stopped_untouched", "--execute")).code).to.equal(3);
    } finally {
      await standby.query("select pg_wal_replay_resume()");
      await primary.query(`delete from ${EVENTS_TABLE} where run = 'acceptance-lag'`);
      await Promise.all([primary.end(), standby.end()]);
    }
    const { code, stdout } = await verify("lag", limit, "--mode", "dry-run");
    expect(code).to.equal(1);
    const [, value] = /max-data-lag-events DATA_SYNC_LAG_EVENTS=(\d+)/.exec(stdout) ?? [];
    expect(Number(value), stdout).to.be.at.least(events);
    const { steps } = documentOf("stopped_untouched");
    expect(steps.map(({ status }) => status)).to.deep.equal(["failed", "skipped", "skipped", "skipped", "skipped"]);
    expect(steps[0]?.failure?.reason).to.include("replay-paused");
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
    // Seconds from the power loss on: before the drill of it, the tests let a planned one fail.
    const { stdout } = await understudy(
      "accept",
      "--evidence",
      ...files,
      "--health-report",
      HEALTH,
      "--max-failover-seconds",
      "180",
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
