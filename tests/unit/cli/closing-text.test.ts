import { expect } from "chai";
import { closingText } from "../../../cli/closing-text";
import { dashboards } from "../../../operator/drill/closing";
import { sampleEnvironment } from "../components/sample";

describe("the last lines of a drill", () => {
  const shown = dashboards(sampleEnvironment(2), "host-b");

  it("name the report, Grafana of both hosts with the primary's first, and that the pair is ready", () => {
    const readiness = { ready: true, reasons: [], validUntil: "2026-12-31T00:00:00.000Z" };
    const lines = closingText({ readiness, dashboards: shown }, "docs/results/report.html").split("\n");
    expect(lines[0]).to.equal("report    docs/results/report.html");
    expect(lines.slice(1, 3).map((line) => line.replace(/:\/\/\S+/, "://"))).to.deep.equal([
      "dashboard http:// Grafana of host-b",
      "dashboard http:// Grafana of host-a",
    ]);
    expect(lines[3]).to.equal("ready     READY until 2026-12-31T00:00:00.000Z");
  });

  it("say NOT VERIFIED with each reason, also where it could not be read", () => {
    const readiness = { ready: false, reasons: ["it could not be read: no stacks"], validUntil: null };
    expect(closingText({ readiness, dashboards: [] })).to.equal(
      "ready     NOT VERIFIED\n  why     it could not be read: no stacks\n",
    );
  });
});
