import { readFileSync, readdirSync } from "node:fs";
import { expect } from "chai";
import { openPair } from "../../drills/hosts/sessions";
import { LAB_FILES } from "../../lab/host/layout";
import { viewFrom } from "../../settings/pair";
import { stackConfigFile } from "../../lab/host/project";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";
import { snapshotHost } from "../support/host-snapshot";
import { keepForAcceptance } from "../support/kept-evidence";
import { openSuperuser } from "../support/superuser";
import { temporaryFolder } from "../support/temporary-folder";

const HOSTS = { fromHost: "host-a", toHost: "host-b" };

async function snapshotBoth(): Promise<unknown> {
  const { from, to, close } = await openPair(HOSTS, labEnvironment(), await labCredentials());
  try {
    return { from: await snapshotHost(from), to: await snapshotHost(to) };
  } finally {
    close();
  }
}

describe("dry run: nothing changes", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  it("acceptance, dry run changes nothing: both hosts and the stack's config are as they were", async () => {
    const before = await snapshotBoth();
    const config = readFileSync(stackConfigFile("standby"), "utf8");
    const file = `${folder()}/dry_run.env`;
    const run = await understudy("failover", "--env-config", LAB_ENVIRONMENT, "--output-file", file);
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    expect(readFileSync(stackConfigFile("standby"), "utf8")).to.equal(config);
    expect(await snapshotBoth()).to.deep.equal(before);
    expect(readdirSync(folder()).sort()).to.deep.equal([
      "drills",
      "dry_run.env",
      "dry_run.json",
      "dry_run.sigstore.json",
    ]);
    expect(readdirSync(`${folder()}/drills`)).to.have.length(3);
  });

  it("is accepted as a dry run, and refused as a live drill", async () => {
    const words = [
      "verify",
      "--evidence",
      `${folder()}/dry_run.env`,
      "--max-failover-seconds",
      "60",
      "--max-data-lag-events",
      "1000",
    ];
    const asDryRun = await understudy(...words, "--mode", "dry-run");
    expect(asDryRun.code, asDryRun.stdout).to.equal(0);
    const asLive = await understudy(...words);
    expect(asLive.code).to.equal(1);
    expect(asLive.stdout).to.include("FAILOVER_MODE");
    keepForAcceptance(`${folder()}/dry_run.env`);
  });

  it("is signed with the lab's key, says so, and holds nothing of the private one", async () => {
    const words = ["--max-failover-seconds", "60", "--max-data-lag-events", "1000", "--mode", "dry-run"];
    const evidence = ["--evidence", `${folder()}/dry_run.env`, "--key", LAB_FILES.signingPublicKey];
    const verified = await understudy("verify", ...evidence, ...words);
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(verified.stdout).to.include("signed with a lab key");
    const secret = readFileSync(LAB_FILES.signingKey, "utf8").split("\n")[1] ?? "";
    expect(secret).to.have.length.greaterThan(40);
    const entries = readdirSync(folder(), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      expect(readFileSync(`${entry.parentPath}/${entry.name}`, "utf8")).not.to.include(secret);
    }
  });

  it("says what the drill would meet on the servers, what is accepted of it, and refuses the rest with exit code 3", async () => {
    const [from, to] = await Promise.all(
      [HOSTS.fromHost, HOSTS.toHost].map((name) => openSuperuser(viewFrom(labEnvironment(), name).self)),
    );
    if (from === undefined || to === undefined) throw new Error("the lab has two hosts");
    const words = ["--env-config", LAB_ENVIRONMENT, "--output-file", `${folder()}/found.env`];
    try {
      await from.query("create unlogged table public.only_here as select 1 as one");
      await to.query("alter system set recovery_min_apply_delay = '5min'");
      await to.query("select pg_reload_conf()");
      const found = await understudy("switchover", ...words, "--lose-unlogged");
      expect(found.code, found.stdout + found.stderr).to.equal(3);
      expect(found.stdout).to.include("host-b, replay-delayed: recovery_min_apply_delay is 5 min");
      expect(found.stdout).to.include("accepted  PostgreSQL on host-a, unlogged-rows");
    } finally {
      await to.query("alter system reset recovery_min_apply_delay");
      await to.query("select pg_reload_conf()");
      await from.query("drop table if exists public.only_here");
      await Promise.all([from.end(), to.end()]);
    }
  });

  it("changes nothing either when `pulumi up` is run with a drill in dry-run mode", async () => {
    const before = await snapshotBoth();
    await pulumi("-s", "standby", "config", "set", "understudy:role", "primary");
    await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.id", `only-looking-${Date.now()}`);
    try {
      const up = await pulumi("-s", "standby", "up", "--yes", "--skip-preview", "--expect-no-changes");
      expect(up.code, up.stdout + up.stderr).to.equal(0);
      expect(await snapshotBoth()).to.deep.equal(before);
    } finally {
      await pulumi("-s", "standby", "config", "rm", "understudy:drill");
      await pulumi("-s", "standby", "config", "set", "understudy:role", "standby");
    }
  });
});
