import { expect } from "chai";
import { STORE_NAMES } from "../../settings/services";
import {
  runCleanControl,
  runDuplicateControl,
  runLossControl,
  runPhantomControl,
  type ProbeControl,
} from "../support/probe-controls";
import { labProbeTarget, type ProbeTarget } from "../support/probe-target";

describe("the probe's controls on a real pair", function () {
  this.timeout(60_000);
  let target: ProbeTarget;
  before(async () => {
    target = await labProbeTarget();
  });

  /** Checks that of lost, duplicated and phantom exactly `kind` counts what was tampered with, in both stores. */
  function expectOnly({ evidence, tampered }: ProbeControl, kind: "lost" | "duplicated" | "phantom" | "none"): void {
    for (const store of STORE_NAMES) {
      const { lost, duplicated, phantom, acknowledged } = evidence[store].counts;
      const none = { lost: 0, duplicated: 0, phantom: 0 };
      expect(acknowledged, store).to.be.at.least(20);
      expect({ lost, duplicated, phantom }, store).to.deep.equal(
        kind === "none" ? none : { ...none, [kind]: tampered[store] },
      );
      if (kind !== "none") expect(tampered[store], store).to.be.greaterThan(0);
    }
  }

  it("reports nothing lost, duplicated or phantom when nobody tampers", async () => {
    expectOnly(await runCleanControl(target.endpoints, target.credentials), "none");
  });

  it("reports as lost what is deleted behind its back", async () => {
    expectOnly(await runLossControl(target.endpoints, target.credentials), "lost");
  });

  it("reports as phantom what is inserted behind its back", async () => {
    expectOnly(await runPhantomControl(target.endpoints, target.credentials), "phantom");
  });

  it("reports as duplicated what is written twice behind its back", async () => {
    expectOnly(await runDuplicateControl(target.endpoints, target.credentials), "duplicated");
  });
});
