import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { observePair } from "../../drills/hosts/observe";
import { observedRole } from "../../evidence/observed-role";
import { holdReplayInCut, type HeldReplay } from "../../lab/faults/pause-replay";
import { LAB_FILES } from "../../lab/host/layout";
import { labPulumiEnv } from "../../lab/host/stacks";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi, understudy } from "../support/lab-stacks";

/** A process and everything below it: the engine starts its plugins in process groups of their own. */
function withDescendants(pid: number): number[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) => readFileSync(file, "utf8").split(" "));
  return [pid, ...children.filter(Boolean).flatMap((child) => withDescendants(Number(child)))];
}

describe("a drill whose run is killed in the middle of the cut", function () {
  this.timeout(300_000);
  const drillId = `killed-${Date.now()}`;
  let environment: Environment;
  let hosts: readonly NamedHost[];
  let held: HeldReplay;
  let credentials: Credentials;

  async function roles(): Promise<(string | undefined)[]> {
    const topology = await observePair(hosts, environment, credentials);
    return hosts.map((host) => observedRole(topology, host.name));
  }

  before(async () => {
    environment = labEnvironment();
    hosts = namedHosts(environment);
    credentials = await labCredentials();
    held = await holdReplayInCut({ environment, credentials }, "host-a", "host-b");
    // An earlier drill's steps would be updated, not created, and the engine forgets such operations by itself.
    await pulumi("-s", "standby", "up", "--yes", "--skip-preview");
    await pulumi("-s", "standby", "config", "set", "understudy:role", "primary");
    await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.id", drillId);
    await pulumi("-s", "standby", "config", "set", "--path", "understudy:drill.mode", "execute");
  });
  after(async () => {
    await held.resume();
    held.close();
    await pulumi("-s", "standby", "config", "rm", "understudy:drill");
    await pulumi("-s", "standby", "config", "set", "understudy:role", "standby");
    await pulumi("-s", "standby", "up", "--yes", "--skip-preview");
  });

  it("is killed while the old primary is stopped and the standby has not caught up", async () => {
    // Replay is paused as the cut begins, so that it stays open for seconds; the engine, its hosts and its provider die at once.
    const child = spawn("pulumi", ["-s", "standby", "up", "--yes", "--skip-preview", "--non-interactive"], {
      cwd: LAB_FILES.project,
      env: { ...process.env, ...labPulumiEnv() },
      stdio: "ignore",
      detached: true,
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    const { reached } = await pollUntil(
      () => roles(),
      ([hostA]) => hostA === undefined,
      { deadlineMs: 90_000, pauseMs: 20 },
    );
    expect(reached, "the old primary was stopped").to.equal(true);
    for (const pid of withDescendants(child.pid!)) process.kill(pid, "SIGKILL");
    await closed;
    await held.resume();
  });

  it("is settled by the next run of the same id: the old primary works again, and it is no success", async () => {
    await pulumi("-s", "standby", "cancel", "--yes");
    const up = await pulumi("-s", "standby", "up", "--yes", "--skip-preview");
    expect(up.code).not.to.equal(0);
    expect(up.stdout + up.stderr).to.include("was interrupted");
    const { reading } = await pollUntil(roles, ([a, b]) => a === "primary" && b === "standby", {
      deadlineMs: 60_000,
      pauseMs: 500,
    });
    expect(reading).to.deep.equal(["primary", "standby"]);
  });

  it("leaves operations pending, which `understudy settle` explains, and takes out of the state when told to", async () => {
    const shown = await understudy("settle", "--env-config", LAB_ENVIRONMENT);
    expect(shown.code, shown.stdout + shown.stderr).to.equal(1);
    expect(shown.stdout).to.include("drill-demote-primary").and.include("next: understudy settle --execute");
    const cleared = await understudy("settle", "--env-config", LAB_ENVIRONMENT, "--execute");
    expect(cleared.code, cleared.stdout + cleared.stderr).to.equal(0);
    expect((await understudy("settle", "--env-config", LAB_ENVIRONMENT)).code).to.equal(0);
  });
});
