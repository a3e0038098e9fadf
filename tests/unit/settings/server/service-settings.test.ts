import { expect } from "chai";
import { parse } from "yaml";
import { tryService, type Check } from "../../../../drills/hosts/server-settings/service-trial";
import { allAsDeclared, changedOfService, serviceWords, trialTexts } from "../../../../operator/settings/service-plan";
import { shownSettings } from "../../../../operator/settings/show-settings";
import { refusedFields } from "../../../../operator/settings/try-settings";
import { judgeSettings } from "../../../../operator/doctor/settings-findings";
import type { Environment } from "../../../../settings/environment";
import { parseEnvironment } from "../../../../settings/load-environment";
import { postgresSettingsText } from "../../../../settings/server/layers";
import { serviceSettingsText, withServiceSettings } from "../../../../settings/server/service-settings";
import { sampleEnvironment } from "../../components/sample";
import { hostSettings, NO_SETTINGS, postgresRead } from "../../operator/settings/read";

const withSections = (sections: object): Environment =>
  parseEnvironment("env.yaml", { ...(JSON.parse(JSON.stringify(sampleEnvironment(2))) as object), ...sections });
const problems = (sections: object): string => {
  try {
    withSections(sections);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("settings of the services that are no stores", () => {
  for (const [what, sections, words] of [
    [
      "a section that nobody knows",
      { loki: { settings: { limit_config: {} } } },
      /loki\.settings\.limit_config: a section of loki's own/,
    ],
    [
      "a managed name",
      { loki: { settings: { limits_config: { retention_period: "1h" } } } },
      /limits_config\.retention_period: another setting: `policy\.retention_days`/,
    ],
    [
      "what is below a managed name",
      { tempo: { settings: { storage: { trace: { backend: "s3" } } } } },
      /tempo\.settings\.storage\.trace\.backend: another setting/,
    ],
    [
      "a section in which a managed name stands",
      { loki: { settings: { compactor: 5 } } },
      /loki\.settings\.compactor: another setting/,
    ],
    [
      "a managed kind of names",
      { loki: { settings: { server: { http_listen_port: 1 } } } },
      /http_listen_port: another setting: .*`ports`/,
    ],
    ["jobs", { prometheus: { settings: { scrape_configs: [] } } }, /`overlays\.scrape_jobs` is for jobs/],
    [
      "our labels",
      { prometheus: { settings: { global: { external_labels: { a: "b" } } } } },
      /an alert of both hosts is one/,
    ],
    ["receivers", { alertmanager: { settings: { receivers: [] } } }, /`notify` or `overlays\.alerts`/],
    [
      "a secret by its name",
      { grafana: { settings: { smtp: { password: "hush" } } } },
      /grafana\.settings\.smtp\.password: no secret/,
    ],
    [
      "a secret in a list",
      { prometheus: { settings: { remote_write: [{ url: "https://x", basic_auth: { password: "hush" } }] } } },
      /remote_write: no secret/,
    ],
    [
      "a secret in an address",
      { loki: { settings: { ruler: { alertmanager_url: "https://me:hush@am.example" } } } },
      /alertmanager_url: no secret/,
    ],
    [
      "a secret address",
      { alertmanager: { settings: { global: { slack_api_url: "https://hooks.example/x" } } } },
      /slack_api_url: no secret/,
    ],
    [
      "no value",
      { tempo: { settings: { querier: { max_concurrent_queries: null } } } },
      /max_concurrent_queries: a value/,
    ],
    [
      "Grafana's database",
      { grafana: { settings: { database: { type: "postgres" } } } },
      /database\.type: another setting/,
    ],
    [
      "a section of Grafana in parts",
      { grafana: { settings: { auth: { anonymous: { enabled: true } } } } },
      /auth\.anonymous: \{ enabled: true \}/,
    ],
    [
      "an unknown flag",
      { prometheus: { flags: { "web.enable-magic": true } } },
      /prometheus\.flags\.web\.enable-magic: one of query\.timeout/,
    ],
    [
      "a managed flag",
      { prometheus: { flags: { "storage.tsdb.path": "/x" } } },
      /another flag: where it keeps its data/,
    ],
    ["a flag's value", { prometheus: { flags: { "query.timeout": "soon" } } }, /query\.timeout: a time such as 30s/],
    ["a flag that a switch is", { prometheus: { flags: { "web.enable-otlp-receiver": "--x" } } }, /true or false/],
    ["another field", { loki: { flags: {} } }, /loki\.flags: there is no such setting/],
  ] as const) {
    it(`are refused with field and reason: ${what}`, () => {
      expect(problems(sections)).to.match(words).and.not.contain("hush");
    });
  }

  it("join what the product needs: sections join, a list or value takes the place", () => {
    const text = withServiceSettings("# ours\na: { b: 1, c: [1, 2] }\nd: 2\n", { a: { c: [3], e: "x" } });
    expect(parse(text)).to.deep.equal({ a: { b: 1, c: [3], e: "x" }, d: 2 });
    expect(withServiceSettings("# ours\nd: 2\n", {})).to.equal("# ours\nd: 2\n");
  });

  const environment = withSections({
    prometheus: { settings: { global: { scrape_interval: "20s" } }, flags: { "query.timeout": "30s" } },
    loki: { settings: { limits_config: { ingestion_rate_mb: 8 } } },
  });
  const text = (service: "prometheus" | "loki"): string => serviceSettingsText(environment, service) ?? "";
  const there = {
    ...NO_SETTINGS,
    prometheus: { text: text("prometheus") },
    loki: { text: text("loki") },
  };

  it("are told before a change: what is read anew, and which container is replaced", () => {
    const before = [hostSettings("host-a")];
    expect(serviceWords(environment, hostSettings("host-a"))).to.deep.equal([
      "host-a prometheus: read anew: global.scrape_interval",
      "host-a prometheus: its container is replaced, its data stay: flags.query.timeout",
      "host-a loki: its container is replaced, its data stay: limits_config.ingestion_rate_mb",
    ]);
    expect(serviceWords(environment, hostSettings("host-a", { services: there }))).to.deep.equal([]);
    // Taken back.
    expect(changedOfService(sampleEnvironment(2), "loki", there.loki)).to.deep.equal([
      "limits_config.ingestion_rate_mb",
    ]);
    // Nobody knows.
    expect(changedOfService(environment, "loki", { unread: "silent" })).to.deep.equal([]);
    const { done, notes } = allAsDeclared(environment, before, [hostSettings("host-a", { services: there })]);
    expect([done.length, notes]).to.deep.equal([3, []]);
    const left = allAsDeclared(environment, before, before);
    expect(left.done).to.deep.equal([]);
    expect(left.notes).to.have.length(3);
  });

  it("are shown with where each comes from, and what a host has", () => {
    const other = { ...NO_SETTINGS, loki: { unread: "its engine is silent" } };
    const shown = shownSettings(environment, [
      hostSettings("host-a", { services: there }),
      hostSettings("host-b", { services: other }),
    ]);
    const of = (name: string) => shown.settings.find((one) => one.store !== "redis" && one.name === name);
    expect(of("global.scrape_interval")).to.deep.equal({
      ...{ store: "prometheus", name: "global.scrape_interval", value: "20s", takes: "reload", waiting: [] },
      ...{ from: "prometheus.settings.global.scrape_interval", running: { "host-a": "20s", "host-b": null } },
    });
    expect(of("global.evaluation_interval")).to.deep.include({ value: "15s", from: "the product" });
    expect(of("flags.query.timeout")).to.deep.include({ value: "30s", takes: "restart" });
    expect(of("limits_config.ingestion_rate_mb")).to.deep.include({ running: { "host-a": "8", "host-b": null } });
    expect(shown.unread).to.deep.equal(["host-b loki: its engine is silent"]);
  });

  it("that a host lacks are a problem of doctor", () => {
    const timescaledb = postgresRead("host-a", { text: postgresSettingsText(environment) });
    const [first] = judgeSettings(environment, [hostSettings("host-a", { timescaledb })]);
    expect(first).to.deep.include({ state: "problem", fix: "understudy up --execute" });
    expect(first?.detail).to.contain("prometheus does not have as declared: global.scrape_interval");
  });

  it("that a product refuses are told by the field; one that has no such check was not asked", async () => {
    const texts = trialTexts(environment, "loki");
    if (texts === undefined) throw new Error("nothing to try");
    const picky: Check = (given) => Promise.resolve(given.includes("ingestion_rate_mb") ? "field not found" : null);
    const trial = await tryService(picky, texts);
    expect(refusedFields(environment, [{ host: "host-b", store: "loki", trial }])).to.deep.equal([
      "loki.settings.limits_config.ingestion_rate_mb: host-b refuses it: field not found",
    ]);
    expect((await tryService(() => Promise.resolve("flag provided but not defined"), texts)).kind).to.equal("untried");
    expect((await tryService(() => Promise.reject(new Error("gone")), texts)).kind).to.equal("untried");
    expect(trialTexts(environment, "tempo")).to.equal(undefined);
    expect(trialTexts(environment, "grafana")).to.equal(undefined);
  });
});
