import { expect } from "chai";
import { labDown, labLeftovers } from "../../lab/host/down";
import { bringUp } from "../../operator/failover/bring-up";
import { loadEnvironment } from "../../settings/load-environment";
import { expectQuiet, leaveAlone, WITH_AGENTS } from "../support/idle-pair";
import { good, untilWhole } from "../support/lab-pair";
import { understudyAloud } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";

const MINUTES = 5;

/** The machine is not idle meanwhile: the stages that need no lab run beside it. */
describe(`a pair with agents that nobody touches for ${MINUTES} min, from nothing`, function () {
  // Where no image is in the cache, the Debian tree is made: a minute, on a busy machine many.
  this.timeout(1_800_000);

  before(async () => {
    await labDown(() => undefined);
    good(await understudyAloud("lab", "up"));
    await declareEnvironment(WITH_AGENTS);
    await bringUp(loadEnvironment(WITH_AGENTS), (words) => void process.stderr.write(`-- ${words}\n`));
    await untilWhole("host-a");
  });
  after(async () => {
    await labDown(() => undefined);
    expect(await labLeftovers()).to.deep.equal([]);
  });

  it("raises no alert by the Prometheus of either host, whose rules are evaluated all the time", async () => {
    expectQuiet(await leaveAlone(MINUTES));
  });
});
