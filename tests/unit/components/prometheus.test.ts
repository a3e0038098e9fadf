import { expect } from "chai";
import * as YAML from "yaml";
import { declareService, ownVolumes } from "./declared-service";
import { Prometheus } from "../../../components/prometheus";
import { alertmanagerGroups, scrapeTargets } from "../../../settings/scrape-targets";
import { publishedOn, sampleArgs, sampleEnvironment } from "./sample";

const declared = (hosts: 1 | 2 = 2): ReturnType<typeof declareService> =>
  declareService(
    "prometheus",
    (args) => new Prometheus("svc", args),
    () => sampleArgs(sampleEnvironment(hosts), "prometheus"),
  );

describe("Prometheus with the operator's own files", () => {
  it("has their jobs beside its own, and each file of rules", async () => {
    const rules = [{ name: "rules/overlay-1.yml", content: { groups: [{ name: "shop", rules: [] }] } }];
    const { files } = await declareService(
      "prometheus",
      (args) => new Prometheus("svc", args),
      () => ({
        ...sampleArgs(sampleEnvironment(2), "prometheus"),
        overlays: { alerts: undefined, rules, jobs: [{ job_name: "shop" }], hba: [], dashboards: [] },
      }),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/prometheus.yml"] ?? "");
    expect(config).to.have.nested.property("scrape_configs[0].job_name", "understudy");
    expect(config).to.have.nested.property("scrape_configs[1].job_name", "shop");
    expect(YAML.parse(files["/understudy/files/current/rules/overlay-1.yml"] ?? "")).to.deep.equal(rules[0]?.content);
  });
});

interface Rules {
  readonly groups: { readonly name: string; readonly rules: { readonly alert: string; readonly expr: string }[] }[];
}

describe("Prometheus", () => {
  it("keeps upstream's paths and account, and the environment's retention", async () => {
    const { component, container } = await declared();
    expect(component.type).to.equal("understudy:index:Prometheus");
    expect(container.inputs).to.deep.include({
      user: "nobody",
      command: [
        "--config.file=/understudy/files/current/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--storage.tsdb.retention.time=9d",
        "--storage.tsdb.retention.size=2304MB",
        "--web.enable-admin-api",
      ],
      volumes: ownVolumes("prometheus", "/prometheus"),
      ports: [...publishedOn(9090, 19090)],
      wait: true,
      waitTimeout: 120,
    });
    expect(container.inputs["healthcheck"]).to.deep.include({
      tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"],
    });
    expect(container.inputs).to.not.have.property("entrypoints");
    expect(container.secretInputs).to.deep.equal([]);
  });

  for (const hosts of [1, 2] as const) {
    it(`scrapes and alerts ${String(hosts)} host(s), with a label that alerts do not carry`, async () => {
      const { files } = await declared(hosts);
      const environment = sampleEnvironment(hosts);
      const config: unknown = YAML.parse(files["/understudy/files/current/prometheus.yml"] ?? "");
      expect(config).to.deep.include({
        rule_files: ["rules/*.yml"],
        scrape_configs: [
          {
            job_name: "understudy",
            ...{ scrape_interval: "5s", scrape_timeout: "4s" },
            static_configs: scrapeTargets(environment),
          },
        ],
        alerting: {
          alert_relabel_configs: [{ action: "labeldrop", regex: "prometheus_host" }],
          alertmanagers: alertmanagerGroups(environment),
        },
      });
      expect(config).to.have.nested.property("global.external_labels.prometheus_host", "host-a");
    });
  }

  it("brings rules on the job it scrapes, each under a name of its own", async () => {
    const { groups } = YAML.parse(
      (await declared()).files["/understudy/files/current/rules/understudy.yml"] ?? "",
    ) as Rules;
    const rules = groups.flatMap((group) => group.rules);
    const names = rules.map((rule) => rule.alert);
    expect(names).to.include.members(["HostDown", "ServiceDown", "AlertmanagerClusterSplit"]);
    expect(new Set(names).size).to.equal(names.length);
    expect(rules.find((rule) => rule.alert === "ServiceDown")?.expr).to.match(/^up\{job="understudy"\} == 0\n?/);
  });

  it("has its operator's settings over the product's, and flags behind its own", async () => {
    const environment = sampleEnvironment(2, {
      prometheus: {
        settings: { global: { scrape_interval: "20s" } },
        flags: { "query.timeout": "30s", "web.enable-otlp-receiver": false },
      },
    });
    const { files, container } = await declareService(
      "prometheus",
      (args) => new Prometheus("svc", args),
      () => sampleArgs(environment, "prometheus"),
    );
    const config: unknown = YAML.parse(files["/understudy/files/current/prometheus.yml"] ?? "");
    expect(config).to.have.nested.property("global.scrape_interval", "20s");
    expect(config).to.have.nested.property("global.external_labels.prometheus_host", "host-a");
    expect((container.inputs["command"] as string[]).slice(-2)).to.deep.equal([
      "--query.timeout=30s",
      "--no-web.enable-otlp-receiver",
    ]);
  });
});
