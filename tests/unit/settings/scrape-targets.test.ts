import { expect } from "chai";
import { alertmanagerTargets, scrapeTargets } from "../../../settings/scrape-targets";
import { sampleEnvironment } from "../components/sample";

const flat = (hosts: 1 | 2): string[] =>
  scrapeTargets(sampleEnvironment(hosts)).map((one) => [one.labels.host, one.labels.service, ...one.targets].join(" "));

describe("scrapeTargets", () => {
  it("lists the five monitored services of both hosts at their published ports", () => {
    expect(flat(2)).to.deep.equal([
      "host-a prometheus 203.0.113.1:19090",
      "host-a alertmanager 203.0.113.1:19093",
      "host-a loki 203.0.113.1:13100",
      "host-a tempo 203.0.113.1:13200",
      "host-a grafana 203.0.113.1:13000",
      "host-b prometheus 203.0.113.2:19090",
      "host-b alertmanager 203.0.113.2:19093",
      "host-b loki 203.0.113.2:13100",
      "host-b tempo 203.0.113.2:13200",
      "host-b grafana 203.0.113.2:13000",
    ]);
  });

  it("lists one host's services when it stands alone", () => {
    expect(flat(1)).to.have.length(5);
    expect(alertmanagerTargets(sampleEnvironment(1))).to.deep.equal(["203.0.113.1:19093"]);
  });

  it("tells the Alertmanagers of both hosts", () => {
    expect(alertmanagerTargets(sampleEnvironment(2))).to.deep.equal(["203.0.113.1:19093", "203.0.113.2:19093"]);
  });
});
