import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, StoreConnection } from "../../../../drills/probe/answer";
import { Lane } from "../../../../drills/probe/lane";

/** A connection whose writes end only when the test says so. */
function fakeConnection(): StoreConnection & { answer(answer: Answer): void } {
  let open = true;
  let close: () => void = () => undefined;
  let settle: (answer: Answer) => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return {
    closed,
    get isOpen() {
      return open;
    },
    write: () =>
      new Promise((resolve) => {
        settle = resolve;
      }),
    answer: (answer) => {
      settle(answer);
    },
    destroy: () => {
      open = false;
      close();
    },
  };
}

describe("a lane of the probe", () => {
  it("gives a silent attempt up as indeterminate without an end, and drops the connection", async () => {
    const connection = fakeConnection();
    const lane = new Lane("host-a", () => Promise.resolve(connection), 30);
    const kept = lane.keepOpen();
    await sleep(1);
    const answer = await lane.write(1);
    expect(answer).to.deep.include({ outcome: "i", ended: false });
    expect(connection.isOpen).to.equal(false);
    lane.stop();
    await kept;
  });

  it("does not give up early: an answer inside the limit counts", async () => {
    const connection = fakeConnection();
    const lane = new Lane("host-a", () => Promise.resolve(connection), 5000);
    const kept = lane.keepOpen();
    await sleep(1);
    const writing = lane.write(1);
    await sleep(120);
    connection.answer({ outcome: "r", ended: true, reason: "READONLY" });
    expect((await writing).outcome).to.equal("r");
    expect(lane.isOpen).to.equal(true);
    lane.stop();
    await kept;
  });

  it("connects again about 20 ms after a connection was lost or refused", async () => {
    const opened: number[] = [];
    const lane = new Lane(
      "host-a",
      () => {
        opened.push(performance.now());
        if (opened.length < 3) return Promise.reject(new Error("connect ECONNREFUSED"));
        return Promise.resolve(fakeConnection());
      },
      100,
    );
    const kept = lane.keepOpen();
    while (!lane.isOpen) await sleep(2);
    expect(lane.problem).to.contain("ECONNREFUSED");
    expect((opened[2] ?? 0) - (opened[0] ?? 0)).to.be.within(38, 400);
    lane.stop();
    await kept;
  });

  it("opens no connection after stop, and destroys one that came too late", async () => {
    const late = fakeConnection();
    const lane = new Lane("host-a", () => sleep(20).then(() => late), 100);
    const kept = lane.keepOpen();
    lane.stop();
    await kept;
    expect(late.isOpen).to.equal(false);
  });
});
