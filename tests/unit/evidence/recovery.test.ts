import { expect } from "chai";
import { recoveryMs, sawHostBefore } from "../../../evidence/recovery-figures";
import type { ProbeSamples } from "../../../evidence/document";

const endpoints = ["host-a", "host-b"];

function samples(
  ...rows: [invokeMs: number, endMs: number | null, outcome: "a" | "r" | "i", endpoint: number][]
): ProbeSamples {
  return {
    seq: rows.map((_, index) => index + 1),
    invokeMs: rows.map((row) => row[0]),
    endMs: rows.map((row) => row[1]),
    outcome: rows.map((row) => row[2]),
    endpoint: rows.map((row) => row[3]),
  };
}

const TIMES = { host: "host-b", beganAtMs: 10, promotedAtMs: 100 };

describe("recovery time", () => {
  it("ends with the first acknowledgement of the promoted host that was asked for after its promotion began", () => {
    const record = samples(
      [20, 21, "a", 0],
      [90, 101, "a", 1],
      [110, 112, "r", 1],
      [120, 125.5, "a", 1],
      [130, 131, "a", 1],
    );
    expect(recoveryMs({ samples: record, endpoints }, TIMES)).to.equal(115.5);
  });

  it("is unknown without one: neither the old host's nor an indeterminate one counts", () => {
    const record = samples([120, 121, "a", 0], [130, 140, "i", 1], [150, null, "i", 1]);
    expect(recoveryMs({ samples: record, endpoints }, TIMES)).to.equal(null);
  });
});

describe("a probe that saw the failure", () => {
  it("had an acknowledgement of the old host before fencing began", () => {
    const record = samples([20, 21, "a", 0], [30, 31, "r", 1]);
    expect(sawHostBefore({ samples: record, endpoints }, "host-a", 21)).to.equal(true);
    expect(sawHostBefore({ samples: record, endpoints }, "host-a", 20.9)).to.equal(false);
    expect(sawHostBefore({ samples: record, endpoints }, "host-b", 100)).to.equal(false);
  });
});
