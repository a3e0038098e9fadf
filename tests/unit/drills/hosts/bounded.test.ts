import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { bounded, pollUntil } from "../../../../drills/hosts/bounded";

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("bounded work", () => {
  it("gives what the work gives when that comes in time", async () => {
    expect(await bounded("work", 1000, Promise.resolve(7))).to.equal(7);
  });

  it("fails as the work fails", async () => {
    expect(await rejection(bounded("work", 1000, Promise.reject(new Error("broken"))))).to.have.property(
      "message",
      "broken",
    );
  });

  it("ends at its bound, naming what did not answer and how long was waited", async () => {
    const began = performance.now();
    const error = await rejection(bounded("host-a: Redis", 30, new Promise(() => undefined)));
    expect(error).to.have.property("message", "host-a: Redis: no answer within 30 ms");
    expect(performance.now() - began).to.be.within(25, 1000);
  });

  it("leaves no timer behind that would keep the process alive", async () => {
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    const running = new Set<unknown>();
    globalThis.setTimeout = ((...args: Parameters<typeof set>) => {
      const timer = set(...args);
      running.add(timer);
      return timer;
    }) as typeof set;
    globalThis.clearTimeout = (timer) => {
      running.delete(timer);
      clear(timer);
    };
    try {
      await bounded("work", 60_000, Promise.resolve());
      await rejection(bounded("work", 60_000, Promise.reject(new Error("no"))));
    } finally {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    }
    expect(running.size).to.equal(0);
  });
});

describe("polling", () => {
  it("asks until it is enough, and gives that reading", async () => {
    let count = 0;
    const poll = pollUntil(
      () => Promise.resolve((count += 1)),
      (reading) => reading === 3,
      { deadlineMs: 1000, pauseMs: 0 },
    );
    expect(await poll).to.deep.equal({ reading: 3, reached: true });
    expect(count).to.equal(3);
  });

  it("gives the last reading when the time is up, and says that it was not enough", async () => {
    let count = 0;
    const began = performance.now();
    const { reading, reached } = await pollUntil(
      () => Promise.resolve((count += 1)),
      () => false,
      { deadlineMs: 40, pauseMs: 5 },
    );
    expect([reading, reached]).to.deep.equal([count, false]);
    expect(count).to.be.within(2, 20);
    expect(performance.now() - began).to.be.at.least(40);
  });

  it("reads once even when there is no time at all", async () => {
    const options = { deadlineMs: 0, pauseMs: 0 };
    expect(
      await pollUntil(
        () => Promise.resolve("x"),
        () => true,
        options,
      ),
    ).to.deep.equal({ reading: "x", reached: true });
    expect(
      (
        await pollUntil(
          () => sleep(1, "y"),
          () => false,
          options,
        )
      ).reached,
    ).to.equal(false);
  });

  it("fails when a reading fails", async () => {
    const options = { deadlineMs: 100, pauseMs: 0 };
    const error = await rejection(
      pollUntil(
        () => Promise.reject(new Error("gone")),
        () => true,
        options,
      ),
    );
    expect(error).to.have.property("message", "gone");
  });
});
