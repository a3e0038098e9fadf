import { existsSync } from "node:fs";
import { expect } from "chai";
import { bringUp } from "../../operator/failover/bring-up";
import { labDown, labLeftovers } from "../../lab/host/down";
import { labUp } from "../../lab/host/up";
import { labStatus } from "../../lab/host/status";
import type { Verdict } from "../../evidence/verify/verify-evidence";
import { untilDockerSaysHealthy } from "../support/docker-health";
import { good, untilRoles } from "../support/lab-pair";
import { labCredentials, labEnvironment, pulumi, understudyAloud } from "../support/lab-stacks";

describe("bring-up: two hosts from nothing", function () {
  this.timeout(900_000);

  it("starts from nothing", async () => {
    await labDown(() => undefined);
    expect(await labLeftovers()).to.deep.equal([]);
  });

  it("lab drill: from nothing the lab, both stacks, a dry run, a swap and the swap back, each accepted", async function () {
    // Where no image is in the cache, the Debian tree is made: a minute, on a busy machine many.
    this.timeout(1_800_000);
    const drills = JSON.parse(good(await understudyAloud("lab", "drill", "--output", "json")).stdout) as readonly {
      readonly name: string;
      readonly verdict: Verdict;
    }[];
    expect(drills.map(({ name, verdict }) => [name, verdict.verdict])).to.deep.equal(
      ["dry-run", "there", "back"].map((name) => [name, "accepted"]),
    );
    for (const name of ["failover_dry_run", "failover_there", "failover_result"])
      expect(existsSync(`docs/results/${name}.env`), name).to.equal(true);
    await untilRoles("primary", "standby");
  });

  it("finds everything of the lab in place a second time", async () => {
    expect((await labStatus()).up).to.equal(true);
    const lines: string[] = [];
    await labUp((line) => lines.push(line));
    expect(lines.filter((line) => line.includes(" made ("))).to.deep.equal([]);
  });

  it("brings both stacks up through the real engine: of the drills nothing is asked for any more", async () => {
    await bringUp(labEnvironment(), () => undefined);
  });

  it("shows seven healthy services of ours on each host in `docker ps`", untilDockerSaysHealthy);

  for (const stack of ["primary", "standby"]) {
    it(`finds nothing to change in stack ${stack} the second time`, async () => {
      const up = await pulumi("-s", stack, "up", "--yes", "--skip-preview", "--expect-no-changes");
      expect(up.code, up.stdout + up.stderr).to.equal(0);
    });
  }

  it("keeps every password out of the clear in both stacks' states and outputs", async () => {
    const secrets = Object.values<unknown>({ ...(await labCredentials()) }).filter((one) => typeof one === "string");
    for (const stack of ["primary", "standby"]) {
      const state = await pulumi("-s", stack, "stack", "export");
      const outputs = await pulumi("-s", stack, "stack", "output", "--json");
      expect(state.code).to.equal(0);
      for (const secret of secrets) {
        const shapes = [secret, Buffer.from(secret).toString("base64")];
        for (const shape of shapes) expect((state.stdout + outputs.stdout).includes(shape), stack).to.equal(false);
      }
    }
  });
});
