import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { AwakeTimer, awakeSignal } from "../../../../drills/hosts/awake-timer";
import { bounded, untilSilent } from "../../../../drills/hosts/bounded";
import { answerAfter, keepBusy } from "../../../support/busy-process";

describe("a timer for somebody else's silence", () => {
  it("acts once its time is up, and not before", async () => {
    const began = performance.now();
    await new Promise<void>((resolve) => new AwakeTimer(250, resolve));
    expect(performance.now() - began).to.be.within(240, 2000);
  });

  it("does not count the time in which this process was busy", async () => {
    const began = performance.now();
    const acted = new Promise<void>((resolve) => new AwakeTimer(250, resolve));
    keepBusy(400);
    await acted;
    expect(performance.now() - began).to.be.above(400);
  });

  it("never acts once it was cancelled, and begins again when refreshed", async () => {
    let acted = 0;
    const cancelled = new AwakeTimer(20, () => (acted += 1));
    cancelled.cancel();
    const refreshed = new AwakeTimer(300, () => (acted += 1));
    await sleep(200);
    refreshed.refresh();
    await sleep(200);
    expect(acted).to.equal(0);
    refreshed.cancel();
    refreshed.refresh();
    await sleep(150);
    expect(acted).to.equal(0);
  });

  it("ends what has its signal, by the name of a timeout", async () => {
    const { signal } = awakeSignal(10);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    expect(signal.reason).to.have.property("name", "TimeoutError");
  });

  for (const [name, within] of [
    ["bounded work", (answer: Promise<unknown>) => bounded("peer", 300, answer)],
    ["work that may be silent", (answer: Promise<unknown>) => untilSilent("peer", 300, answer, () => undefined)],
  ] as const)
    it(`takes an answer to ${name} that came while this process was busy for an answer`, async () => {
      const { answer, end } = answerAfter(0);
      const waiting = within(answer);
      keepBusy(1000);
      try {
        expect(await waiting).to.equal("here");
      } finally {
        await end();
      }
    });
});
