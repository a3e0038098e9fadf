import { expect } from "chai";
import { DoorPair } from "../support/door-pair";
import { codesIn, errorsIn, longestIn } from "../support/load-figures";
import { temporaryFolder } from "../support/temporary-folder";

/** The other cases of it take longer: tests/extended/34-doors-on-loopback.test.ts. */
describe("doors of a real pair, encrypted, under the load of ordinary drivers", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let pair: DoorPair;

  before(async () => {
    pair = new DoorPair(folder());
    await pair.start();
  });
  after(() => pair.stop());

  it("lead through a switchover without a failed statement", async () => {
    const [a, b] = pair.sides;
    expect(await pair.drill.leads()).to.deep.equal({
      "host-a": { timescaledb: ["host-a"], redis: ["host-a"] },
      "host-b": { timescaledb: ["host-a"], redis: ["host-a"] },
    });
    await pair.load("there");
    await pair.exchange(a, b);
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
    for (const store of ["timescaledb", "redis"]) expect(longestIn(all, store), store).to.be.lessThan(15_000);
  });
});
