import { expect } from "chai";
import { alertmanagerGroups, scrapeTargets, type ScrapeTarget } from "../../../settings/scrape-targets";
import { ALERTS_PATH, frontRoutes } from "../../../settings/front";
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
    expect(alertmanagerGroups(sampleEnvironment(1))).to.deep.equal([
      { static_configs: [{ targets: ["203.0.113.1:19093"] }] },
    ]);
  });

  it("tells the Alertmanagers of both hosts", () => {
    expect(alertmanagerGroups(sampleEnvironment(2))).to.deep.equal([
      { static_configs: [{ targets: ["203.0.113.1:19093", "203.0.113.2:19093"] }] },
    ]);
  });

  describe("through the other host's front", () => {
    const environment = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
    const through = { self: "host-a", plan: { front: true, through: true, closed: true } };

    /** The labels that series end up with: Prometheus drops those that begin with two underscores. */
    const labels = ({ targets, labels: own }: ScrapeTarget): object => ({
      instance: targets[0],
      ...Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith("__"))),
    });

    it("gives the same series the same labels", () => {
      const plain = scrapeTargets(environment).map(labels);
      expect(plain).to.have.length(12);
      expect(scrapeTargets(environment, through).map(labels)).to.deep.equal(plain);
      const other = { ...through, self: "host-b" };
      expect(scrapeTargets(environment, other).map(labels)).to.deep.equal(plain);
    });

    it("asks the own host by its Docker network, and the other one at its front alone", () => {
      const asked = scrapeTargets(environment, through).map(({ targets, labels: { host, ...own } }) =>
        [host, own.__scheme__ ?? "http", targets[0], own.__metrics_path__ ?? "/metrics"].join(" "),
      );
      expect(asked).to.deep.equal([
        "host-a http understudy-prometheus:9090 /metrics",
        "host-a http understudy-alertmanager:9093 /metrics",
        "host-a http understudy-loki:3100 /metrics",
        "host-a http understudy-tempo:3200 /metrics",
        "host-a http understudy-grafana:3000 /metrics",
        "host-a http understudy-backup:9121 /metrics.txt",
        "host-b https 203.0.113.2:9443 /prometheus/metrics",
        "host-b https 203.0.113.2:9443 /alertmanager/metrics",
        "host-b https 203.0.113.2:9443 /loki/metrics",
        "host-b https 203.0.113.2:9443 /tempo/metrics",
        "host-b https 203.0.113.2:9443 /grafana/metrics",
        "host-b https 203.0.113.2:9443 /backup/metrics.txt",
      ]);
    });

    it("asks for nothing there that the front does not let pass", () => {
      const allowed = new Set(frontRoutes(environment).map(({ method, path }) => `${method} ${path}`));
      const asked = scrapeTargets(environment, through).flatMap(({ labels: own }) =>
        own.__scheme__ === undefined ? [] : [`GET ${own.__metrics_path__ ?? ""}`],
      );
      const [, told] = alertmanagerGroups(environment, through);
      const used = [...asked, `POST ${told?.path_prefix ?? ""}${ALERTS_PATH}`];
      expect(new Set(used), "and the front lets nothing else pass").to.deep.equal(allowed);
    });

    it("tells both Alertmanagers, each in its way", () => {
      expect(alertmanagerGroups(environment, through)).to.deep.equal([
        { static_configs: [{ targets: ["understudy-alertmanager:9093"] }] },
        { scheme: "https", path_prefix: "/alertmanager", static_configs: [{ targets: ["203.0.113.2:9443"] }] },
      ]);
    });

    it("asks plainly as long as the other host has no front", () => {
      const plan = { front: true, through: false, closed: false };
      const targets = scrapeTargets(environment, { self: "host-a", plan }).slice(6);
      expect(targets).to.deep.equal(scrapeTargets(environment).slice(6));
    });
  });
});
