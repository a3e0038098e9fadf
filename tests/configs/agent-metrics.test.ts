import { expect } from "chai";
import { exposition } from "../../agent/exposition";
import { metrics } from "../../agent/metrics";
import { hostSight, postgresSight, guardSight, saidNow, SEEN_MS } from "../support/agent-sight";
import { runProgram } from "../support/run-program";

describe("the agent's metrics, as Prometheus reads them", function () {
  this.timeout(60_000);
  this.slow(5000);

  function check(text: string): { code: number | null; said: string } {
    const { code, said } = runProgram("sh", "-c", `promtool check metrics <<'END'\n${text}END`);
    return { code, said: said.trim() };
  }

  it("are in a form that promtool takes, without a complaint about a name", () => {
    const slots = [{ name: "one", active: true, walStatus: "reserved", safeBytes: 5, retainedBytes: 7 }];
    const server = saidNow(postgresSight("primary", { slots }));
    const sight = hostSight("primary", {
      timescaledb: { server, guard: guardSight("primary", { state: "held", reason: 'a "b"\\' }) },
      certificates: [{ name: "server", kind: "leaf", notAfter: 1_800_000_000 }],
      lastDrill: { id: "one", at: 1_700_000_000 },
      drillUntil: 1_700_000_060,
    });
    const config = { peer: { host: "b", url: "http://b/" }, lagObjectiveBytes: 1, environment: "lab", host: "a" };
    expect(check(exposition(metrics(sight, config, SEEN_MS)))).to.deep.equal({ code: 0, said: "" });
  });

  it("would be complained about, were one called otherwise", () => {
    const wrong = exposition([
      { name: "understudy_lag_milliseconds", help: "x", type: "gauge", samples: [{ value: 1 }] },
    ]);
    expect(check(wrong).said).to.include("milliseconds");
  });
});
