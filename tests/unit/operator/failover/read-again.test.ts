import { expect } from "chai";
import { readAgain } from "../../../../operator/failover/read-again";

const HALF = new Error("half written");
const OTHER = new Error("another");
const SOON = { tries: 3, pauseMs: 1 };

describe("what an engine may be writing while it is read", () => {
  const reading = (...answers: readonly (Error | string)[]) => {
    const left = [...answers];
    return () => {
      const next = left.shift();
      return typeof next === "string" ? Promise.resolve(next) : Promise.reject(next ?? new Error("read too often"));
    };
  };
  const ended = (read: () => Promise<string>): Promise<unknown> =>
    readAgain(read, (error) => error === HALF, SOON).catch((error: unknown) => error);

  it("is read again where it was half written", async () => {
    expect(await ended(reading(HALF, HALF, "whole"))).to.equal("whole");
  });

  it("is given up where it stays so", async () => {
    expect(await ended(reading(HALF, HALF, HALF, "too late"))).to.equal(HALF);
  });

  it("is read once where the failure is another one", async () => {
    expect(await ended(reading(OTHER, "whole"))).to.equal(OTHER);
  });
});
