import { expect } from "chai";
import type { Answer } from "../../../../drills/probe/answer";
import { probeRecordFaults } from "../../../../evidence/probe-record-faults";
import { Writer, type Timekeeper, type WritableLane } from "../../../../drills/probe/writer";

const ACK: Answer = { outcome: "a", ended: true, reason: "" };
const REFUSED: Answer = { outcome: "r", ended: true, reason: "standby" };
const BROKEN: Answer = { outcome: "i", ended: true, reason: "connection lost" };
const SILENT: Answer = { outcome: "i", ended: false, reason: "no answer" };

/** Time that only passes when somebody sleeps or writes. */
class FakeTime implements Timekeeper {
  ms = 0;
  readonly now = (): number => this.ms;
  sleep(milliseconds: number): Promise<void> {
    this.ms += milliseconds;
    return Promise.resolve();
  }
}

/** An endpoint that answers as `script` says at that moment; `null` is closed. */
function fakeLane(time: FakeTime, script: (nowMs: number) => Answer | null, costMs = 1): WritableLane {
  return {
    get isOpen() {
      return script(time.ms) !== null;
    },
    write() {
      const answer = script(time.ms) ?? BROKEN;
      time.ms += costMs;
      return Promise.resolve(answer);
    },
  };
}

async function written(
  lanes: (time: FakeTime) => WritableLane[],
  endMs = 100,
): Promise<{ writer: Writer; time: FakeTime }> {
  const time = new FakeTime();
  const writer = new Writer(lanes(time), time, { intervalMs: 5, endMs });
  await writer.run();
  return { writer, time };
}

function attempts({ log: { samples } }: Writer): string[] {
  return samples.seq.map((seq, index) => `${seq}${samples.outcome[index] ?? ""}@${samples.endpoint[index] ?? ""}`);
}

describe("the probe's writer", () => {
  it("writes one event an interval and stays with the endpoint that acknowledges", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => ACK), fakeLane(time, () => ACK)]);
    expect(writer.log.samples.invokeMs.slice(0, 3)).to.deep.equal([0, 5, 10]);
    expect(new Set(writer.log.samples.endpoint)).to.deep.equal(new Set([0]));
    expect(writer.log.acknowledged).to.equal(20);
  });

  it("tries the same number at the other endpoint at once after a refusal, and stays there", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => REFUSED), fakeLane(time, () => ACK)], 12);
    expect(attempts(writer)).to.deep.equal(["1r@0", "1a@1", "2a@1", "3a@1"]);
    expect(writer.log.samples.invokeMs[1]).to.equal(writer.log.samples.endMs[0]);
  });

  it("uses a number up when its fate is not known, and turns to the other endpoint", async () => {
    const { writer } = await written(
      (time) => [fakeLane(time, (now) => (now < 5 ? ACK : BROKEN)), fakeLane(time, () => ACK)],
      14,
    );
    expect(attempts(writer)).to.deep.equal(["1a@0", "2i@0", "3a@1"]);
  });

  it("leaves the end of a silent attempt open", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => SILENT)], 4);
    expect(writer.log.samples.endMs).to.deep.equal([null]);
  });

  it("alternates between refusing endpoints with 2 ms pauses, then 20 ms once the outage is 2 s old", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => REFUSED), fakeLane(time, () => REFUSED)], 3000);
    const { samples } = writer.log;
    expect(attempts(writer).slice(0, 4)).to.deep.equal(["1r@0", "1r@1", "1r@0", "1r@1"]);
    expect(samples.invokeMs.slice(0, 4)).to.deep.equal([0, 1, 4, 5]);
    const late = samples.invokeMs.filter((at) => at > 2100);
    expect(late.length).to.be.within(70, 90);
  });

  it("invokes nothing at an endpoint that is not connected", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => null), fakeLane(time, () => null)]);
    expect(writer.log.samples.seq).to.deep.equal([]);
  });

  it("sees a swap as the time between the two acknowledgements around it", async () => {
    const { writer } = await written((time) => [
      fakeLane(time, (now) => (now < 30 ? ACK : null), 0.25),
      fakeLane(time, (now) => (now < 70 ? REFUSED : ACK), 0.25),
    ]);
    const { samples } = writer.log;
    const acks = samples.endMs.filter((_, index) => samples.outcome[index] === "a") as number[];
    const gaps = acks.slice(1).map((at, index) => at - (acks[index] ?? 0));
    expect(Math.max(...gaps)).to.be.within(40, 48);
    expect(acks.find((at) => at >= 70)).to.be.lessThan(73);
  });

  it("goes on after stop until one more acknowledgement closes the gap", async () => {
    const time = new FakeTime();
    let stopped = false;
    const lane = fakeLane(time, (now) => {
      if (now >= 50 && !stopped) {
        stopped = true;
        writer.stop(1000);
      }
      return now >= 50 && now < 500 ? REFUSED : ACK;
    });
    const writer: Writer = new Writer([lane], time, { intervalMs: 5, endMs: 60_000 });
    await writer.run();
    expect(writer.log.lastAcknowledgedMs).to.be.within(500, 510);
    expect(time.ms).to.be.within(500, 520);
  });

  it("leaves some thousand refusals of an outage of an hour, and polls closely again when somebody attends", async () => {
    const time = new FakeTime();
    const lanes = [fakeLane(time, () => null), fakeLane(time, () => REFUSED)];
    const writer = new Writer(lanes, time, { intervalMs: 5, endMs: 3_600_000 });
    await writer.run();
    const slow = writer.log.samples.seq.length;
    expect(slow).to.be.within(3000, 15_000);
    const attendedAtMs = time.ms;
    writer.attend(attendedAtMs + 1000);
    expect(writer.endMs).to.equal(attendedAtMs + 1000);
    await writer.run();
    expect(writer.log.samples.seq.length - slow).to.be.within(300, 400);
  });

  it("never ends earlier because somebody attends", async () => {
    const { writer } = await written((time) => [fakeLane(time, () => ACK)], 100);
    writer.attend(50);
    expect(writer.endMs).to.equal(100);
  });

  it("ends after settleMs when nothing is acknowledged any more", async () => {
    const time = new FakeTime();
    const writer = new Writer([fakeLane(time, () => REFUSED)], time, { intervalMs: 5, endMs: 60_000 });
    writer.stop(300);
    await writer.run();
    expect(time.ms).to.be.within(300, 325);
  });

  it("keeps a record that the evidence's own rules find no fault in, through every kind of answer", async () => {
    const cycle = [ACK, REFUSED, BROKEN, SILENT, null, ACK];
    const at = (now: number, shift: number): Answer | null =>
      cycle[(Math.floor(now / 7) + shift) % cycle.length] ?? null;
    const { writer, time } = await written(
      (clock) => [fakeLane(clock, (now) => at(now, 0)), fakeLane(clock, (now) => at(now, 2))],
      5000,
    );
    const record = { endpoints: ["a", "b"], samples: writer.log.samples, found: null, duplicatedSeqs: [] };
    expect(writer.log.samples.seq.length).to.be.greaterThan(500);
    expect(probeRecordFaults(record, { startedAtMs: 0, finishedAtMs: time.ms })).to.deep.equal([]);
  });
});
