import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import type { StackEvidence } from "../../evidence/stack-output";
import { labPulumiEnv } from "../../lab/host/stacks";
import { namedHosts } from "../../settings/pair";
import { keepForAcceptance } from "../support/kept-evidence";
import { untilDockerSaysHealthy } from "../support/docker-health";
import { good } from "../support/lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

const THRESHOLDS = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];

async function roles(): Promise<Record<string, string | undefined>> {
  const environment = labEnvironment();
  const topology = await observePair(namedHosts(environment), environment, await labCredentials());
  return Object.fromEntries(topology.hosts.map((one) => [one.host, observedRole(topology, one.host)]));
}

async function evidenceOf(stack: string): Promise<StackEvidence> {
  return JSON.parse(good(await pulumi("-s", stack, "stack", "output", "evidence", "--json")).stdout) as StackEvidence;
}

describe("planned swap", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const drillId = `e2e-${Date.now()}`;

  before(() => Object.assign(process.env, labPulumiEnv()));

  it("shows simulated evidence in a plain `pulumi preview`", async () => {
    good(await pulumi("-s", "standby", "config", "set", "understudy:role", "primary"));
    good(await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.id", drillId));
    good(await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.nonce", "gate-1"));
    const preview = good(await pulumi("-s", "standby", "preview"));
    expect(preview.stdout).to.include("simulated");
    expect(preview.stdout).to.include(drillId);
    expect(await roles()).to.deep.equal({ "host-a": "primary", "host-b": "standby" });
  });

  it("runs the five steps in one `pulumi up` when told to execute", async () => {
    good(await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.mode", "execute"));
    good(await pulumi("-s", "standby", "up", "--yes", "--skip-preview"));
    expect(await roles()).to.deep.equal({ "host-a": "standby", "host-b": "primary" });
    const { document } = await evidenceOf("standby");
    expect(document.steps.map((step) => step.status)).to.deep.equal(Array(5).fill("passed"));
    expect(document.postgres.rewound).to.equal(false);
    expect(document.redis.fullSyncs).to.equal(0);
  });

  it("shows seven healthy services of ours on each host in `docker ps` after it", untilDockerSaysHealthy);

  it("leaves evidence that the verifier accepts from the stack output, with the nonce only", async () => {
    good(await understudy("verify", "--stack", "standby", ...THRESHOLDS, "--nonce", "gate-1"));
    const other = await understudy("verify", "--stack", "standby", ...THRESHOLDS, "--nonce", "gate-2");
    expect(other.code).to.equal(1);
    expect(other.stdout).to.include("FAILOVER_NONCE");
  });

  it("changes nothing when the same drill id is run again", async () => {
    const before = await evidenceOf("standby");
    good(await pulumi("-s", "standby", "up", "--yes", "--skip-preview", "--expect-no-changes"));
    expect(await evidenceOf("standby")).to.deep.equal(before);
  });

  it("returns the recorded result when the engine runs a finished step again", async () => {
    const before = await evidenceOf("standby");
    const urn =
      "urn:pulumi:standby::understudy::understudy:index:Drill$pulumi-nodejs:dynamic/understudy:DrillStep::drill-verify";
    good(await pulumi("-s", "standby", "state", "delete", urn, "--yes"));
    good(await pulumi("-s", "standby", "up", "--yes", "--skip-preview"));
    expect(await evidenceOf("standby")).to.deep.equal(before);
  });

  it("refuses the old primary's stack until its declaration follows the fact", async () => {
    const refused = await pulumi("-s", "primary", "up", "--yes", "--skip-preview");
    expect(refused.code).not.to.equal(0);
    expect(refused.stdout + refused.stderr).to.include("host-b primary");
    good(await pulumi("-s", "primary", "config", "set", "understudy:role", "standby"));
    await pulumi("-s", "primary", "config", "rm", "understudy:drill");
    good(await pulumi("-s", "primary", "up", "--yes", "--skip-preview"));
    good(await pulumi("-s", "primary", "up", "--yes", "--skip-preview", "--expect-no-changes"));
  });

  it("swaps back through `understudy failover`, and one edited figure is refused", async () => {
    const file = `${folder()}/planned_back.env`;
    good(await understudy("failover", "--env-config", LAB_ENVIRONMENT, "--output-file", file, "--execute"));
    expect(await roles()).to.deep.equal({ "host-a": "primary", "host-b": "standby" });
    good(await understudy("verify", "--evidence", file, ...THRESHOLDS));
    keepForAcceptance(file);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/^FAILOVER_OUTAGE_SECONDS=.*$/m, "FAILOVER_OUTAGE_SECONDS=0.001"));
    const edited = await understudy("verify", "--evidence", file, ...THRESHOLDS);
    expect(edited.code).to.equal(1);
    expect(edited.stdout).to.include("FAILOVER_OUTAGE_SECONDS");
  });

  it("shows seven healthy services of ours on each host in `docker ps` again", untilDockerSaysHealthy);

  it("declares on both stacks what is observed", async () => {
    for (const [stack, role] of [
      ["primary", "primary"],
      ["standby", "standby"],
    ] as const) {
      expect(good(await pulumi("-s", stack, "config", "get", "understudy:role")).stdout.trim()).to.equal(role);
    }
  });
});
