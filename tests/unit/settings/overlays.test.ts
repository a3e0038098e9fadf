import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../../../settings/environment-error";
import { parseEnvironment } from "../../../settings/load-environment";
import { loadOverlays, secretsNamed, withSecrets, type Overlays } from "../../../settings/overlays";
import { sampleEnvironment } from "../components/sample";
import { temporaryFolder } from "../../support/temporary-folder";

const ALERTS = `receiver: pager
routes:
  - matchers: ['severity="info"']
    receiver: chat
receivers:
  - name: pager
    webhook_configs: [{ url: "https://pager.example/\${secret:pagerKey}" }]
  - name: chat
    slack_configs: [{ api_url: "\${secret:chatUrl}", channel: "#alerts" }]
`;
const RULES = `groups:
  - name: shop
    rules:
      - { alert: ShopDown, expr: up{job="shop"} == 0, for: 2m, labels: { severity: page } }
      - { record: "shop:rate", expr: "rate(shop_total[5m])" }
`.replace('up{job="shop"} == 0', `'up{job="shop"} == 0'`);
const JOBS = `- job_name: shop\n  static_configs: [{ targets: ["shop.example:9000"] }]\n`;

describe("an operator's own files", () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string): string => {
    const file = path.join(folder(), name);
    writeFileSync(file, text);
    return file;
  };
  const load = (over: { alerts?: string; rules?: string; jobs?: string; hba?: string }): Overlays =>
    loadOverlays({
      ...(over.alerts !== undefined && { alerts: write("alerts.yaml", over.alerts) }),
      rules: over.rules === undefined ? [] : [write("rules.yaml", over.rules)],
      ...(over.jobs !== undefined && { scrape_jobs: write("jobs.yaml", over.jobs) }),
      ...(over.hba !== undefined && { pg_hba: write("pg_hba.conf", over.hba) }),
    });
  const refusal = (over: Parameters<typeof load>[0]): string => {
    try {
      secretsNamed(load(over));
    } catch (error) {
      if (error instanceof EnvironmentError) return error.message;
      throw error;
    }
    throw new Error("it was not refused");
  };

  it("are read: receivers with the secrets that they name, rules, scrape jobs", () => {
    const overlays = load({ alerts: ALERTS, rules: RULES, jobs: JOBS });
    expect(secretsNamed(overlays)).to.deep.equal(["pagerKey", "chatUrl"]);
    expect(overlays.rules.map(({ name }) => name)).to.deep.equal(["rules/overlay-1.yml"]);
    expect(overlays.jobs).to.have.length(1);
    const filled = JSON.stringify(withSecrets(overlays.alerts, { pagerKey: 'k"1', chatUrl: "https://c" }));
    expect(filled).to.include('https://pager.example/k\\"1').and.include('"api_url":"https://c"');
  });

  for (const [what, over, words] of [
    [
      "an unknown key",
      { alerts: `${ALERTS}recievers: []\n` },
      /^overlays\.alerts: .*: recievers: there is no such setting/,
    ],
    [
      "an unknown kind of receiver",
      { alerts: ALERTS.replace("slack_configs", "slak_configs") },
      /receivers\.1\.slak_configs: there is no such setting/,
    ],
    ["our own receiver", { alerts: ALERTS.replace("name: chat", "name: understudy") }, /the program's own/],
    ["a receiver that is none", { alerts: ALERTS.replace("receiver: chat", "receiver: chatt") }, /chatt is none/],
    ["a secret of ours", { alerts: ALERTS.replace("chatUrl", "redisPassword") }, /secret:redisPassword/],
    [
      "a rule that is neither",
      { rules: RULES.replace("alert: ShopDown, ", "") },
      /^overlays\.rules\.0: .*groups\.0\.rules\.0: either alert or record/,
    ],
    [
      "a rule's unknown key",
      { rules: RULES.replace("for: 2m", "fro: 2m") },
      /groups\.0\.rules\.0\.fro: there is no such setting/,
    ],
    [
      "our own job",
      { jobs: JOBS.replace("job_name: shop", "job_name: understudy") },
      /^overlays\.scrape_jobs: .*0\.job_name: another name/,
    ],
    [
      "lines that open more than a password does",
      { hba: "host all all all reject\nhost all all all trust\n" },
      /^overlays\.pg_hba: .*pg_hba\.conf: line 2: trust: one of/,
    ],
    ["a file that is half written", { jobs: "- job_name: [" }, /^overlays\.scrape_jobs: .* is not YAML: /],
  ] as const) {
    it(`are refused by field and file: ${what}`, () => {
      expect(refusal(over)).to.match(words);
    });
  }

  it("are none that nobody knows: an unknown key of the section is an error with its field", () => {
    const environment = {
      ...(JSON.parse(JSON.stringify(sampleEnvironment(2))) as object),
      overlays: { dashbords: "x" },
    };
    expect(() => parseEnvironment("env.yaml", environment)).to.throw(
      EnvironmentError,
      "env.yaml: overlays.dashbords: there is no such setting",
    );
  });

  describe("with dashboards", () => {
    const dashboards = (...all: readonly object[]): string => {
      const at = path.join(folder(), `dashboards-${String(Math.random()).slice(2)}`);
      mkdirSync(at);
      all.forEach((one, index) => writeFileSync(path.join(at, `${String(index)}.json`), JSON.stringify(one)));
      writeFileSync(path.join(at, "README.md"), "no dashboard");
      return at;
    };
    const SHOP = { uid: "shop", title: "Shop", panels: [{ type: "stat", anything: 1 }], more: true };
    const loaded = (...all: readonly object[]): Overlays["dashboards"] =>
      loadOverlays({ rules: [], dashboards: dashboards(...all) }).dashboards;

    it("are read file by file, whatever else Grafana knows in them", () => {
      expect(loaded(SHOP, { ...SHOP, uid: "till" })).to.deep.equal([
        { name: "overlay-1.json", content: SHOP },
        { name: "overlay-2.json", content: { ...SHOP, uid: "till" } },
      ]);
    });

    it("are refused with our own uid, with a uid twice, without panels, or where there is none", () => {
      expect(() => loaded({ ...SHOP, uid: "understudy-pair" })).to.throw(EnvironmentError, "the program's own");
      expect(() => loaded(SHOP, SHOP)).to.throw(EnvironmentError, "two files have the uid shop");
      expect(() => loaded({ uid: "a", title: "A" })).to.throw(EnvironmentError, "panels: is missing");
      expect(() => loaded()).to.throw(EnvironmentError, "no file .json");
      expect(() => loadOverlays({ rules: [], dashboards: "/nowhere" })).to.throw(EnvironmentError, "ENOENT");
    });
  });

  it("are refused where one is missing", () => {
    expect(() => loadOverlays({ rules: [], pg_hba: "/nowhere/pg_hba.conf" })).to.throw(
      EnvironmentError,
      /^overlays\.pg_hba: .*ENOENT/,
    );
    expect(() => loadOverlays({ rules: ["/nowhere/rules.yaml"] })).to.throw(
      EnvironmentError,
      "overlays.rules.0: /nowhere/rules.yaml cannot be read: ENOENT",
    );
  });
});
