import { readFileSync } from "node:fs";
import { expect } from "chai";
import { IDLE_HOUR_RECORD, type IdlePair } from "../../toolchain/pages/idle-hour-part";
import { expectQuiet } from "../support/idle-pair";

/** Held to the same as the run itself, tests/extended/48-idle-hour.test.ts. */
describe("the recorded hour of an idle pair", () => {
  const record = JSON.parse(readFileSync(IDLE_HOUR_RECORD, "utf8")) as IdlePair;

  it("is an hour", () => {
    expect(record.minutes).to.be.at.least(60);
  });

  it("has no alert that fired on either host, by rules that were evaluated all the time", () => {
    expectQuiet(record);
  });
});
