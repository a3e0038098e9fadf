import { expect } from "chai";
import { PassThrough } from "node:stream";
import { clockFrom } from "../../../../drills/hosts/clock";
import { probeOptionsSchema } from "../../../../drills/probe/options";
import { encodeLine, onLines } from "../../../../drills/hosts/line-process";

describe("the probe's protocol", () => {
  it("reads lines however they are cut on the way", () => {
    const input = new PassThrough();
    const lines: string[] = [];
    onLines(input, (line) => lines.push(line));
    for (const piece of ['{"a":', "1}\n{", '"b":2}\n\n{"c"']) input.write(piece);
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      expect(lines).to.deep.equal(['{"a":1}', '{"b":2}', ""]);
    });
  });

  it("keeps one message on one line", () => {
    expect(encodeLine({ reason: "two\nlines" }).split("\n")).to.have.length(2);
  });

  const endpoint = { name: "host-a", postgres: { host: "h", port: 1 }, redis: { host: "h", port: 2 } };
  const options = {
    drillId: "d-1",
    endpoints: [endpoint],
    credentials: { postgres: "p", redis: "r" },
    originNs: "1",
  };

  it("bounds what nobody bounded", () => {
    expect(probeOptionsSchema.parse(options)).to.include({ intervalMs: 5, maxDurationMs: 180_000 });
  });

  for (const [what, wrong] of [
    ["two endpoints of one name", { endpoints: [endpoint, endpoint] }],
    ["no endpoint", { endpoints: [] }],
    ["a zero that is no number", { originNs: "now" }],
    ["an interval of nothing", { intervalMs: 0 }],
    ["a drill id with a quote", { drillId: "d'1" }],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(probeOptionsSchema.safeParse({ ...options, ...wrong }).success).to.equal(false);
    });
  }

  it("counts from the drill's zero, and refuses a zero that has not come yet", () => {
    const now = process.hrtime.bigint();
    expect(clockFrom(String(now - 1_500_000_000n))()).to.be.within(1500, 1600);
    expect(() => clockFrom(String(now + 3_600_000_000_000n))).to.throw("lies in the future");
  });
});
