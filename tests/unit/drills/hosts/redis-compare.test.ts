import { expect } from "chai";
import { compareJournal } from "../../../../drills/hosts/redis-compare";
import { entries, FakeRedis } from "./fake-redis";

describe("the comparison of two event streams", () => {
  it("counts journal entries that the standby lacks, holds otherwise, or holds alone", async () => {
    const standby = entries(1, 12).filter(([id]) => id !== "3-0");
    standby[0] = ["1-0", ["seq", "999"]];
    const compared = await compareJournal(new FakeRedis(entries(1, 10)), new FakeRedis(standby));
    expect(compared).to.deep.equal({ entries: 10, differing: 4 });
  });

  it("reads a journal longer than a page to its end, each entry once", async () => {
    const primary = new FakeRedis(entries(1, 12_000));
    expect(await compareJournal(primary, new FakeRedis(entries(1, 12_000)))).to.deep.equal({
      entries: 12_000,
      differing: 0,
    });
    const froms = primary.asked.filter(([name]) => name === "XRANGE").map((words) => words[2]);
    expect(froms).to.deep.equal(["-", "(5000-0", "(10000-0"]);
  });

  it("finds what differs on a later page, and on the edge of two pages", async () => {
    const standby = entries(1, 12_000).filter(([id]) => !["5000-0", "5001-0", "11999-0"].includes(id));
    expect((await compareJournal(new FakeRedis(entries(1, 12_000)), new FakeRedis(standby))).differing).to.equal(3);
    const whole = await compareJournal(new FakeRedis(entries(1, 5000)), new FakeRedis(entries(1, 5001)));
    expect(whole).to.include({ entries: 5000, differing: 1 });
  });

  it("forgives what was still on its way at the first reading, and nothing that stays away", async () => {
    const late = new FakeRedis(entries(1, 9));
    late.afterCommand = ([name]) => {
      if (name === "XRANGE" && late.journal.length < 10) late.journal.push(...entries(10, 10));
    };
    expect((await compareJournal(new FakeRedis(entries(1, 10)), late)).differing).to.equal(0);
    expect((await compareJournal(new FakeRedis(entries(1, 10)), new FakeRedis(entries(1, 9)))).differing).to.equal(1);
  });

  it("leaves what is written after it has begun to the next comparison", async () => {
    const primary = new FakeRedis(entries(1, 10));
    primary.afterCommand = ([name]) => {
      if (name === "XRANGE") primary.journal.push(...entries(primary.journal.length + 1, primary.journal.length + 1));
    };
    expect(await compareJournal(primary, new FakeRedis(entries(1, 10)))).to.deep.equal({ entries: 10, differing: 0 });
  });
});
