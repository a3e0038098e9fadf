import { expect } from "chai";
import { LoadMeter } from "../../../../lab/bench/load-meter";

describe("bench load meter", () => {
  it("adds pgbench's seconds and the bursts of redis-benchmark", () => {
    const meter = new LoadMeter();
    meter.read("progress: 1.0 s, 199.6 tps, lat 2.112 ms stddev 0.5, 0 failed, lag 0.2 ms");
    expect(meter.bothRun).to.equal(false);
    meter.read("progress: 2.0 s, 200.4 tps, lat 2.000 ms stddev 0.4, 0 failed, lag 0.1 ms");
    meter.read("requests=100");
    expect(meter.bothRun).to.equal(true);
    expect(meter.done(2.4)).to.deep.equal({ seconds: 2, pgbenchTransactions: 400, redisBenchmarkRequests: 100 });
  });

  it("counts nothing for other lines", () => {
    const meter = new LoadMeter();
    for (const line of ["", "requests=", "requests=-1", "pgbench: error: connection failed", "progress: nan"]) {
      meter.read(line);
    }
    expect(meter.done(1)).to.include({ pgbenchTransactions: 0, redisBenchmarkRequests: 0 });
  });
});
