import { expect } from "chai";
import { NumberedWriter } from "../../../../../drills/services/canary/numbered-writer";
import { ofPorts, type CanaryHost } from "../../../../../drills/services/canary/options";

const PORTS = ofPorts(() => 1);
const [A, B] = ["host-a", "host-b"].map((name): CanaryHost => ({ name, address: name, ports: PORTS }));

/** A clock that only sleeping moves; what is due is done when it has passed. */
function clockwork(events: readonly (readonly [atMs: number, act: () => void])[]) {
  let at = 0;
  const due = [...events];
  return {
    now: () => at,
    sleep: (milliseconds: number) => {
      at += Math.max(1, milliseconds);
      while (due[0] !== undefined && due[0][0] <= at) due.shift()?.[1]();
      return Promise.resolve();
    },
  };
}

describe("writer of numbered things", () => {
  it("tries a number again until it is acknowledged, on the host that took over", async () => {
    const attempts: string[] = [];
    const held: { writer?: NumberedWriter } = {};
    const time = clockwork([
      [1000, () => void held.writer?.move(B!)],
      [2000, () => held.writer?.stop(500)],
    ]);
    const writer = new NumberedWriter(
      (number, host) => {
        attempts.push(`${number}@${host.name}`);
        const isDown = host.name === "host-a" && time.now() > 450;
        return isDown ? Promise.reject(new Error("refused")) : Promise.resolve();
      },
      A!,
      time,
      { intervalMs: 200, endMs: 60_000 },
    );
    held.writer = writer;
    await writer.run();
    expect(writer.acknowledged).to.deep.equal(writer.acknowledged.map((_, index) => index + 1));
    expect(attempts).to.include.members(["3@host-a", "4@host-a", "4@host-b"]);
    expect(attempts.filter((one) => one === "4@host-a").length).to.be.greaterThan(1);
  });

  it("ends when nothing is acknowledged any more, and counts nothing that was not", async () => {
    const held: { writer?: NumberedWriter } = {};
    const time = clockwork([[300, () => held.writer?.stop(1000)]]);
    const writer = new NumberedWriter(() => Promise.reject(new Error("refused")), A!, time, {
      intervalMs: 100,
      endMs: 60_000,
    });
    held.writer = writer;
    await writer.run();
    expect(writer.acknowledged).to.deep.equal([]);
    expect(writer.problem).to.equal("host-a: refused");
    expect(time.now()).to.be.lessThan(60_000);
  });

  it("writes at once where the service has moved to, and does not sit out its pause when it is told to stop", async () => {
    const written: string[] = [];
    // Its pauses do not end by themselves.
    const asleep = Promise.withResolvers<undefined>();
    const time = { now: () => 0, sleep: () => (asleep.resolve(undefined), new Promise(() => undefined)) };
    const writer = new NumberedWriter(
      (number, host) => Promise.resolve(void written.push(`${number}@${host.name}`)),
      A!,
      time,
      { intervalMs: 1000, endMs: 60_000 },
    );
    const ended = writer.run();
    await asleep.promise;
    await writer.move(B!);
    while (written.length < 2) await new Promise(setImmediate);
    writer.stop(500);
    await ended;
    expect(written).to.deep.equal(["1@host-a", "2@host-b"]);
    expect(writer.acknowledged).to.deep.equal([1, 2]);
  });

  it("ends by itself when its time is over", async () => {
    const time = clockwork([]);
    const writer = new NumberedWriter(() => Promise.resolve(), A!, time, { intervalMs: 100, endMs: 1000 });
    await writer.run();
    expect(writer.acknowledged).to.have.length(10);
  });
});
