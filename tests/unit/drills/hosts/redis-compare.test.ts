import { expect } from "chai";
import { compareRedis } from "../../../../drills/hosts/redis-compare";
import { entries, FakeRedis } from "./fake-redis";

const KEYS = {
  text: { type: "string", value: "one" },
  list: { type: "list", value: ["a", "b"] },
  set: { type: "set", value: ["b", "a"] },
  hash: { type: "hash", value: ["k2", "v2", "k1", "v1"] },
  zset: { type: "zset", value: ["a", "1", "b", "2"] },
};

describe("the comparison of two Redis servers", () => {
  it("finds no difference in equal contents, whatever order a set or a hash is told in", async () => {
    const standbyKeys = {
      ...KEYS,
      set: { type: "set", value: ["a", "b"] },
      hash: { type: "hash", value: ["k1", "v1", "k2", "v2"] },
    };
    const compared = await compareRedis(
      new FakeRedis(entries(1, 40), KEYS),
      new FakeRedis(entries(1, 40), standbyKeys),
    );
    expect(compared).to.deep.equal({ journalEntries: 40, sampledKeys: 5, differing: 0 });
  });

  for (const [what, change] of [
    ["text", { type: "string", value: "two" }],
    ["list", { type: "list", value: ["b", "a"] }],
    ["set", { type: "set", value: ["a", "c"] }],
    ["hash", { type: "hash", value: ["k1", "v2", "k2", "v1"] }],
    ["zset", { type: "zset", value: ["a", "1", "b", "3"] }],
    ["text", { type: "list", value: ["one"] }],
  ] as const) {
    it(`counts a ${what} that is ${JSON.stringify(change.value)} on the other side`, async () => {
      const compared = await compareRedis(new FakeRedis([], KEYS), new FakeRedis([], { ...KEYS, [what]: change }));
      expect(compared.differing).to.equal(1);
    });
  }

  it("counts a key that the standby has lost", async () => {
    const compared = await compareRedis(new FakeRedis([], { text: KEYS.text }), new FakeRedis([], {}));
    expect(compared).to.include({ sampledKeys: 1, differing: 1 });
  });

  it("compares a huge key by its size alone", async () => {
    const huge = (size: number): FakeRedis => new FakeRedis([], { big: { type: "list", value: [], size } });
    const primary = huge(10_001);
    expect((await compareRedis(primary, huge(10_001))).differing).to.equal(0);
    expect(primary.asked.some(([name]) => name === "LRANGE")).to.equal(false);
    expect((await compareRedis(huge(10_001), huge(10_002))).differing).to.equal(1);
  });

  it("counts journal entries that the standby lacks, holds otherwise, or holds alone", async () => {
    const standby = entries(1, 12).filter(([id]) => id !== "3-0");
    standby[0] = ["1-0", ["seq", "999"]];
    const compared = await compareRedis(new FakeRedis(entries(1, 10)), new FakeRedis(standby));
    expect(compared).to.deep.equal({ journalEntries: 10, sampledKeys: 0, differing: 4 });
  });

  it("reads a journal longer than a page to its end, each entry once", async () => {
    const primary = new FakeRedis(entries(1, 12_000));
    expect(await compareRedis(primary, new FakeRedis(entries(1, 12_000)))).to.deep.equal({
      journalEntries: 12_000,
      sampledKeys: 0,
      differing: 0,
    });
    const froms = primary.asked.filter(([name]) => name === "XRANGE").map((words) => words[2]);
    expect(froms).to.deep.equal(["-", "(5000-0", "(10000-0"]);
  });

  it("finds what differs on a later page, and on the edge of two pages", async () => {
    const standby = entries(1, 12_000).filter(([id]) => !["5000-0", "5001-0", "11999-0"].includes(id));
    expect((await compareRedis(new FakeRedis(entries(1, 12_000)), new FakeRedis(standby))).differing).to.equal(3);
    const whole = await compareRedis(new FakeRedis(entries(1, 5000)), new FakeRedis(entries(1, 5001)));
    expect(whole).to.include({ journalEntries: 5000, differing: 1 });
  });

  it("forgives what was still on its way at the first reading, and nothing that stays away", async () => {
    const late = new FakeRedis(entries(1, 9), { text: { type: "string", value: "old" } });
    late.afterCommand = ([name]) => {
      if (name === "XRANGE" && late.journal.length < 10) late.journal.push(...entries(10, 10));
      if (name === "GET") late.keys["text"] = KEYS.text;
    };
    const primary = (): FakeRedis => new FakeRedis(entries(1, 10), { text: KEYS.text });
    expect((await compareRedis(primary(), late)).differing).to.equal(0);
    const never = new FakeRedis(entries(1, 9), { text: { type: "string", value: "old" } });
    expect((await compareRedis(primary(), never)).differing).to.equal(2);
  });
});
