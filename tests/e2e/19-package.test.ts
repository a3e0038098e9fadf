import { STEP_NAMES } from "../../settings/steps";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import type { Diagnosis } from "../../operator/doctor/doctor";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import { ownPackage } from "../../operator/version/own-package";
import { good } from "../support/lab-pair";
import { labEnvironment, LAB_ENVIRONMENT, type Finished } from "../support/lab-stacks";
import { OperatorsFolder, OWN_ENVIRONMENT } from "../support/operators-folder";
import { packCheckout, type PackedPackage } from "../support/package";
import { temporaryFolder } from "../support/temporary-folder";

const LIMITS = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];
const NEWER = "9.9.9";

describe("the installed package, in a folder of the operator's own", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let packed: PackedPackage;
  let operators: OperatorsFolder;

  before(async () => {
    await readyPair(labPair(labEnvironment()), () => undefined);
    packed = packCheckout(folder());
    const place = path.join(folder(), "pair");
    mkdirSync(place);
    operators = new OperatorsFolder(place);
    operators.install(packed);
  });

  const lockOf = (file: string): Record<string, { version: string; optional?: boolean }> => {
    const text = readFileSync(path.join(operators.folder, "node_modules", file), "utf8");
    return (JSON.parse(text) as { packages: Record<string, { version: string }> }).packages;
  };
  const installedVersion = async (): Promise<string | undefined> =>
    good(await operators.understudy("--version")).stdout.split("\n")[0];

  it("has the versions of its lock, and says its own", async () => {
    const locked = lockOf("understudy/npm-shrinkwrap.json");
    const installed = lockOf(".package-lock.json");
    const others = Object.keys(installed).filter((name) => locked[name]?.version !== installed[name]?.version);
    expect(others).to.deep.equal(["node_modules/understudy"]);
    expect(await installedVersion()).to.equal(`understudy ${ownPackage().version}`);
  });

  it("reads the lab's stacks where they lie", async () => {
    good(await operators.understudy("status", "--env-config", path.resolve(LAB_ENVIRONMENT)));
  });

  describe("with the stacks and the environment file in that folder", () => {
    before(() => operators.takeOver());
    after(() => operators.giveBack());

    it("doctor: nothing to mend", async () => {
      const ask = (): Promise<Finished> => operators.understudy("doctor", "--output", "json");
      const { reading } = await pollUntil(ask, ({ code }) => code === 0, { deadlineMs: 120_000, pauseMs: 1000 });
      const { findings } = JSON.parse(good(reading).stdout) as Diagnosis;
      expect(findings.map(({ detail }) => detail)).to.include(`every stack is declared by ${OWN_ENVIRONMENT}`);
    });

    it("up: what the checkout has brought up is not changed", async () => {
      const { stacks } = JSON.parse(
        good(await operators.understudy("up", "--output", "json")).stdout,
      ) as LifecycleOutcome;
      // The steps of the last drill are in the state until then: a drill changes nothing but its own.
      const left = stacks.map(({ changes }) => Object.keys(changes).filter((one) => one !== "delete"));
      expect(left).to.deep.equal([["same"], ["same"]]);
      for (const { changes } of stacks) expect(changes.delete ?? 0).to.be.oneOf([0, STEP_NAMES.length + 1]);
    });

    it("switchover: a dry run, its evidence in that folder and accepted", async () => {
      good(await operators.understudy("switchover"));
      const evidence = "docs/results/failover_result.env";
      expect(Object.keys(operators.files())).to.include(evidence);
      good(await operators.understudy("verify", "--evidence", evidence, "--mode", "dry-run", ...LIMITS));
    });

    it("writes nothing of its own into node_modules", () => {
      expect(operators.installedFiles()).to.deep.equal(packed.files);
    });

    it("a newer package leaves every file of the operator's as it is", async () => {
      const before = operators.files();
      expect(Object.keys(before)).to.include.members(["Pulumi.yaml", "Pulumi.primary.yaml", OWN_ENVIRONMENT]);
      operators.install(packCheckout(folder(), NEWER));
      expect(await installedVersion()).to.equal(`understudy ${NEWER}`);
      expect(operators.files()).to.deep.equal(before);
      good(await operators.understudy("status"));
    });
  });
});
