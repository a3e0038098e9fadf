import { expect } from "chai";
import { closingText } from "../../../cli/closing-text";
import { DASHBOARDS } from "../../../components/dashboards";
import { dashboards } from "../../../operator/drill/closing";
import { DASHBOARD_UIDS } from "../../../settings/dashboards";
import { environmentSchema } from "../../../settings/environment";
import { sampleEnvironment } from "../components/sample";

const READY = { ready: true, reasons: [], validUntil: "2026-12-31T00:00:00.000Z" };

describe("the last lines of a drill", () => {
  const shown = dashboards(sampleEnvironment(2), { primary: "host-b", id: "20261201t030000z" });

  it("name the report, the way to Grafana with the primary's first, both pages, and that the pair is ready", () => {
    expect(closingText({ readiness: READY, dashboards: shown }, "docs/results/report.html").split("\n")).to.deep.equal([
      "report    docs/results/report.html",
      "dashboard http://127.0.0.1:13000/d/understudy-pair",
      "          http://127.0.0.1:13000/d/understudy-drill?var-drill=20261201t030000z",
      "  by      ssh -S none -p 22 -N -L 13000:127.0.0.1:13000 deploy@b.example   # Grafana of host-b",
      "  by      ssh -F /etc/understudy/ssh -S none -p 22 -N -L 13000:127.0.0.1:13000 deploy@a.example   # Grafana of host-a",
      "ready     READY until 2026-12-31T00:00:00.000Z",
      "",
    ]);
  });

  it("lead to dashboards that Grafana is provisioned with, whose choice is the one that the address makes", () => {
    const uids = DASHBOARDS.map(({ uid }) => uid);
    expect(uids).to.include.members(Object.values(DASHBOARD_UIDS));
    expect(DASHBOARDS.find(({ uid }) => uid === DASHBOARD_UIDS.drill)?.choice?.name).to.equal("drill");
  });

  it("use the words that the dashboard uses", () => {
    const panels = DASHBOARDS.find(({ uid }) => uid === DASHBOARD_UIDS.pair)?.panels ?? [];
    const words = panels.find(({ title }) => title === "Ready")?.words ?? {};
    expect(Object.values(words).map(([word]) => word)).to.deep.equal(["NOT VERIFIED", "READY"]);
  });

  it("put into quotes what a shell would take otherwise, and take an address of IPv6", () => {
    const { hosts, ...others } = sampleEnvironment(1);
    const host = { ...hosts["host-a"], docker: "ssh://[2001:db8::1]", ssh_config: "/a folder/it's" };
    const environment = environmentSchema.parse({ ...others, hosts: { "host-a": host } });
    const text = closingText({
      readiness: READY,
      dashboards: dashboards(environment, { primary: undefined, id: undefined }),
    });
    expect(text).to.include(String.raw`ssh -F '/a folder/it'\''s' -S none -N -L 13000:127.0.0.1:13000 2001:db8::1   #`);
    expect(text).not.to.include("understudy-drill");
  });

  it("say NOT VERIFIED with each reason, also where it could not be read", () => {
    const readiness = { ready: false, reasons: ["it could not be read: no stacks"], validUntil: null };
    const lines = closingText({ readiness, dashboards: shown }).split("\n");
    expect(lines.slice(-3)).to.deep.equal(["ready     NOT VERIFIED", "  why     it could not be read: no stacks", ""]);
  });
});
