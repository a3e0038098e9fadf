import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import type { Watch } from "../../lab/watch/watcher";
import { STORE_NAMES } from "../../settings/services";
import { toStores } from "../support/diverge";
import { LAB_ENVIRONMENT, pulumi, understudy, type Finished } from "../support/lab-stacks";
import { drill, good, pairRoles, standingProbe, swapTo, untilWhole, verdict } from "../support/lab-pair";
import { temporaryFolder } from "../support/temporary-folder";
import { watching } from "../support/watching";

const quiet = (): void => undefined;

describe("unplanned failover", function () {
  this.timeout(400_000);
  const folder = temporaryFolder();
  const file = (name: string): string => `${folder()}/${name}.env`;
  const rejoin = (host: string, ...words: string[]): Promise<Finished> =>
    understudy("rejoin", host, "--env-config", LAB_ENVIRONMENT, "--execute", ...words);

  describe("of a primary of which nothing can be proved", () => {
    const environmentFile = (): string => `${folder()}/without-fence.yaml`;
    const unfenced = (name: string, ...words: string[]): ReturnType<typeof drill> =>
      drill(file(name), "--unplanned", "--env-config", environmentFile(), ...words);
    let watch: Watch;
    let socket: string;

    before(async () => {
      await swapTo("host-b", file("there"));
      const document = parseDocument(readFileSync(LAB_ENVIRONMENT, "utf8"));
      for (const host of ["host-a", "host-b"]) document.deleteIn(["hosts", host, "fence"]);
      writeFileSync(environmentFile(), document.toString());
      good(await pulumi("-s", "primary", "config", "set", "understudy:environment", environmentFile()));
      await untilWhole("host-b");
      watch = await watching();
      socket = await standingProbe(`${folder()}/probe.sock`);
      await strikeFault("cut-operator", "host-b", quiet);
      await strikeFault("cut-hosts", undefined, quiet);
    });
    after(async () => {
      good(await pulumi("-s", "primary", "config", "set", "understudy:environment", LAB_ENVIRONMENT));
      await labHeal(quiet);
    });

    it("is refused, with the exact words that would allow it", async () => {
      const run = await unfenced("unproved", "--standing-probe", socket);
      expect(run.code, run.stdout + run.stderr).to.equal(3);
      expect(run.document().failedStep).to.equal("demote-primary");
      expect(run.stdout).to.include("nothing proves that host-b cannot write");
      expect(run.stdout).to.include(
        'understudy failover --unplanned --to host-a --execute --accept-unfenced "HOW YOU KNOW"',
      );
      expect((await pairRoles())[0]).to.equal("standby");
    });

    it("goes on when an operator accepts it in words, which the evidence carries; time with two writers is reported", async () => {
      const reason = "the rack of host-b is said to be dark";
      const run = await unfenced("accepted", "--accept-unfenced", reason, "--standing-probe", socket);
      expect(run.code, run.stdout + run.stderr).to.equal(0);
      const { unplanned, fences, steps } = run.document();
      expect(unplanned?.acceptedUnfenced).to.include({ reason, operator: userInfo().username });
      expect(Date.parse(unplanned?.acceptedUnfenced?.at ?? "")).to.be.closeTo(Date.now(), 120_000);
      expect(fences.map(({ method }) => method)).to.deep.equal(["accepted-unfenced", "accepted-unfenced"]);
      expect(steps[2]?.status).to.equal("bypassed");
      good(await verdict(file("accepted"), { maxLost: 1000 }));
      const report = await watch.stop();
      for (const store of STORE_NAMES) expect(report[store].twoWriterMs, store).to.be.greaterThan(0);
    });

    it("leaves two primaries that status shows, and the one that is stopped returns by `rejoin`", async () => {
      await labHeal(quiet);
      const status = await understudy("status", "--env-config", LAB_ENVIRONMENT);
      expect(status.code).to.equal(1);
      expect(status.stdout).to.match(/host-b +timescaledb +standby +primary /);
      const refused = await rejoin("host-b");
      expect(refused.code, refused.stderr).to.equal(3);
      expect(refused.stderr).to.include("two primaries");
      await toStores("host-b", "stop");
      good(await rejoin("host-b"));
      await untilWhole("host-a");
    });
  });
});
