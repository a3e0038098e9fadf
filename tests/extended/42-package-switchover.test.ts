import { mkdirSync } from "node:fs";
import path from "node:path";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { good, untilRoles } from "../support/lab-pair";
import { labEnvironment } from "../support/lab-stacks";
import { OperatorsFolder } from "../support/operators-folder";
import { packCheckout } from "../support/package";
import { temporaryFolder } from "../support/temporary-folder";

const LIMITS = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];

describe("the installed package, with the stacks and the environment file in a folder of the operator's own", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let operators: OperatorsFolder;

  before(async () => {
    await readyPair(labPair(labEnvironment()), () => undefined);
    const place = path.join(folder(), "pair");
    mkdirSync(place);
    operators = new OperatorsFolder(place);
    operators.install(packCheckout(folder()));
    operators.takeOver();
  });
  after(() => operators.giveBack());

  it("switchover: there and back, each accepted", async () => {
    for (const [name, hostA, hostB] of [
      ["there", "standby", "primary"],
      ["back", "primary", "standby"],
    ] as const) {
      const evidence = `docs/results/${name}.env`;
      good(await operators.understudy("switchover", "--execute", "--output-file", evidence));
      await untilRoles(hostA, hostB);
      good(await operators.understudy("verify", "--evidence", evidence, ...LIMITS));
    }
  });
});
