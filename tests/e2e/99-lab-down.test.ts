import { expect } from "chai";
import { labDown, labLeftovers } from "../../lab/host/down";
import { understudy } from "../support/lab-stacks";

describe("lab down: nothing is left", function () {
  this.timeout(120_000);

  it("removes everything the lab made, and a second time finds nothing to remove", async () => {
    const down = await understudy("lab", "down");
    expect(down.code, down.stderr).to.equal(0);
    expect(await labLeftovers()).to.deep.equal([]);
    await labDown(() => undefined);
    expect((await understudy("lab", "status")).code).to.equal(1);
  });
});
