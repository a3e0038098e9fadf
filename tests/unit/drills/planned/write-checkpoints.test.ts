import { expect } from "chai";
import { writeCheckpoints } from "../../../../drills/planned/arm";

/** How many checkpoints are made where they take so long, one after the other, in milliseconds. */
async function made(...takeMs: readonly number[]): Promise<number> {
  let [now, count] = [0, 0];
  const sql = {
    query: (text: string) => {
      expect(text).to.equal("checkpoint");
      now += takeMs[count] ?? 0;
      count += 1;
      return Promise.resolve();
    },
  };
  const from = { host: { name: "host-a" }, sql } as unknown as Parameters<typeof writeCheckpoints>[0]["from"];
  await writeCheckpoints({ from }, { now: () => now, mark: () => now });
  return count;
}

describe("checkpoints before the stop", () => {
  it("are one where there was little to write", async () => {
    expect(await made(8)).to.equal(1);
  });

  it("are another one where the first took long: what was written meanwhile is not left to the stop", async () => {
    expect(await made(4000, 90)).to.equal(2);
  });

  it("come to an end where much is written all the time", async () => {
    expect(await made(4000, 3000, 2000, 1000)).to.equal(3);
  });
});
