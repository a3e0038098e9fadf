import { expect } from "chai";
import { refuseReturn } from "../../../../drills/rejoin/preconditions";
import { topologyOf } from "../topologies";

type Word = "primary" | "standby" | "silent";
const WORDS: readonly Word[] = ["primary", "standby", "silent"];

const judge = (here: readonly [Word, Word], there: readonly [Word, Word]): ReturnType<typeof refuseReturn> =>
  refuseReturn(topologyOf({ "host-a": here, "host-b": there }), "host-a", "host-b");

describe("whether a host may come back", () => {
  it("is yes exactly when the other host is primary of both stores and this one of none: all 81 cases", () => {
    const pairs = WORDS.flatMap((one) => WORDS.map((two) => [one, two] as const));
    for (const here of pairs) {
      for (const there of pairs) {
        const may = there.every((word) => word === "primary") && !here.includes("primary");
        expect(judge(here, there) === undefined, `${here.join()} beside ${there.join()}`).to.equal(may);
      }
    }
  });

  it("names two primaries, and does not say which one is right", () => {
    expect(judge(["primary", "silent"], ["primary", "primary"])?.why).to.match(
      /PostgreSQL on host-a is a writable primary, and so is a store of host-b: two primaries/,
    );
  });

  it("says what the other host is instead, in its own words", () => {
    expect(judge(["silent", "silent"], ["standby", "silent"])).to.deep.equal({
      why: "host-b is not seen to be primary of both stores: PostgreSQL there is standby, Redis there is unknown: silent",
      next: "understudy status, then promote host-b: understudy failover --to host-b",
    });
  });
});
