import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { EvidenceDocument } from "../../evidence/document";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import { holdReplayInCut, type HeldReplay } from "../../lab/faults/pause-replay";
import { namedHosts } from "../../settings/pair";
import { keepForAcceptance } from "../support/kept-evidence";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

async function expectHostAPrimary(): Promise<void> {
  const environment = labEnvironment();
  const topology = await observePair(namedHosts(environment), environment, await labCredentials());
  expect(observedRole(topology, "host-a")).to.equal("primary");
  expect(observedRole(topology, "host-b")).to.equal("standby");
}

describe("what a drill refuses, and what it undoes", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let held: HeldReplay;

  before(async () => {
    const pair = { environment: labEnvironment(), credentials: await labCredentials() };
    held = await holdReplayInCut(pair, "host-a", "host-b");
  });
  after(async () => {
    await held.resume();
    held.close();
  });

  it("puts the old primary back to work when the standby does not replay up to the seal", async () => {
    const file = `${folder()}/undone.env`;
    const run = await understudy("failover", "--env-config", LAB_ENVIRONMENT, "--output-file", file, "--execute");
    await held.resume();
    expect(run.code, run.stdout + run.stderr).to.equal(1);
    const document = JSON.parse(readFileSync(file.replace(/env$/, "json"), "utf8")) as EvidenceDocument;
    expect(document.failedStep, run.stdout).to.equal("demote-primary");
    expect(document.steps.map((step) => step.status)).to.deep.equal([
      "passed",
      "passed",
      "failed",
      "skipped",
      "skipped",
    ]);
    expect(document.steps[2]?.failure?.undone).to.include("host-a is primary again");
    expect(document.probe?.timescaledb.counts.lost).to.equal(0);
    expect(document.probe?.redis.counts.lost).to.equal(0);
    await expectHostAPrimary();
    const verdict = await understudy(
      "verify",
      "--evidence",
      file,
      "--max-failover-seconds",
      "60",
      "--max-data-lag-events",
      "0",
    );
    expect(verdict.code).to.equal(1);
    // Nothing else is held against it: the old primary wrote on because it was put back to work.
    expect(verdict.stdout).to.match(/^REFUSED drill-succeeded FAILOVER_SUCCESS=false .*\n$/);
    keepForAcceptance(file);
  });

  it("refuses two stacks that both declare primary, naming both hosts", async () => {
    await pulumi("-s", "standby", "config", "set", "understudy:role", "primary");
    try {
      const up = await pulumi("-s", "standby", "up", "--yes", "--skip-preview");
      expect(up.code).not.to.equal(0);
      expect(up.stdout + up.stderr).to.match(/host-a primary .*host-b standby/);
      expect(up.stdout + up.stderr).to.include("Next: pulumi -s standby config set");
    } finally {
      await pulumi("-s", "standby", "config", "set", "understudy:role", "standby");
    }
    await expectHostAPrimary();
  });

  it("refuses to promote the host that is primary already", async () => {
    const run = await understudy(
      "failover",
      "--env-config",
      LAB_ENVIRONMENT,
      "--output-file",
      `${folder()}/x.env`,
      "--to",
      "host-a",
    );
    expect(run.code).to.equal(3);
    expect(run.stderr).to.include("host-a is primary already");
  });

  it("refuses a host that is not in the environment", async () => {
    const run = await understudy(
      "failover",
      "--env-config",
      LAB_ENVIRONMENT,
      "--output-file",
      `${folder()}/x.env`,
      "--to",
      "host-c",
    );
    expect(run.code).to.equal(2);
    expect(run.stderr).to.include('unknown host "host-c"');
  });

  it("stops before the engine when a secret is missing, in one line with the next command", async () => {
    const saved = (await pulumi("-s", "standby", "config", "get", "understudy:redisPassword")).stdout.trim();
    await pulumi("-s", "standby", "config", "rm", "understudy:redisPassword");
    try {
      const preview = await pulumi("-s", "standby", "preview");
      expect(preview.code).not.to.equal(0);
      expect(preview.stdout + preview.stderr).to.include(
        "understudy:redisPassword is not set; next: pulumi config set",
      );
    } finally {
      await pulumi("-s", "standby", "config", "set", "--secret", "understudy:redisPassword", saved);
    }
  });
});
