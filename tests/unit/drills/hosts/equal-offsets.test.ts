import { expect } from "chai";
import { equalAtOneOffset, type AtOffset } from "../../../../drills/hosts/equal-offsets";

/** Gives the readings one after the other, and the last one for ever. */
function readings(...all: readonly [offset: string, value: string][]): () => Promise<AtOffset> {
  const left = [...all];
  return () => {
    const [offset, value] = (left.length > 1 ? left.shift() : left[0]) ?? ["", ""];
    return Promise.resolve({ offset, value });
  };
}

describe("what two servers hold at equal offsets", () => {
  it("is equal where it is so at the first look, whatever the offsets", async () => {
    expect(await equalAtOneOffset(readings(["1", "a"]), readings(["2", "a"]))).to.equal(true);
  });

  it("differs at once where the offsets are equal", async () => {
    expect(await equalAtOneOffset(readings(["1", "a"]), readings(["1", "b"]))).to.equal(false);
  });

  it("is judged where both were at one offset, however far apart in time", async () => {
    const ahead = readings(["3", "c"], ["4", "d"], ["5", "e"]);
    expect(await equalAtOneOffset(ahead, readings(["1", "a"], ["2", "b"], ["4", "d"]))).to.equal(true);
    const again = readings(["3", "c"], ["4", "d"], ["5", "e"]);
    expect(await equalAtOneOffset(again, readings(["1", "a"], ["2", "b"], ["4", "wrong"]))).to.equal(false);
  });

  it("is not known where no common offset is seen: neither equal nor different", async () => {
    expect(await equalAtOneOffset(readings(["1", "a"]), readings(["2", "b"]), { withinMs: 300 })).to.equal(null);
  });
});
