import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { declareService } from "../unit/components/declared-service";
import { Alertmanager } from "../../components/alertmanager";
import { Prometheus } from "../../components/prometheus";
import { filePath } from "../../settings/names";
import { sampleArgs, sampleEnvironment } from "../unit/components/sample";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const HOSTS = [1, 2] as const;

describe("configuration of the monitoring services", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();

  /** Writes the files that a container gets below a folder, and returns the folder. */
  function place(name: string, files: Readonly<Record<string, string>>): string {
    const root = path.join(folder(), name);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    }
    return root;
  }

  async function prometheus(hosts: 1 | 2, overrides: Record<string, unknown> = {}): Promise<string> {
    const environment = sampleEnvironment(hosts, overrides);
    const { files } = await declareService(
      "prometheus",
      (args) => new Prometheus("svc", args),
      () => sampleArgs(environment, "prometheus"),
    );
    return place(`prometheus-${String(hosts)}`, files);
  }

  for (const hosts of HOSTS) {
    it(`promtool accepts Prometheus' configuration with its rules, for ${String(hosts)} host(s)`, async () => {
      const root = await prometheus(hosts);
      const { code, said } = runProgram("promtool", "check", "config", root + filePath("prometheus.yml"));
      expect(code, said).to.equal(0);
      expect(said).to.match(/SUCCESS: [1-9]\d* rules? found/);
    });
  }

  it("promtool accepts it with agents, whose rules are beside the others", async () => {
    const root = await prometheus(2, { agent: {} });
    const { code, said } = runProgram("promtool", "check", "config", root + filePath("prometheus.yml"));
    expect(code, said).to.equal(0);
    expect(said.match(/SUCCESS: [1-9]\d* rules? found/g), said).to.have.length(2);
  });

  it("promtool refuses a misspelt field, and a rule whose expression is none", async () => {
    const root = await prometheus(2);
    const config = root + filePath("prometheus.yml");
    const rules = root + filePath("rules/understudy.yml");
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace("scrape_interval", "scrape_intervall"));
    expect(runProgram("promtool", "check", "config", config).said).to.include("scrape_intervall not found");
    writeFileSync(config, text);
    writeFileSync(rules, readFileSync(rules, "utf8").replace('up{job="understudy"} == 0', 'up{job="understudy" == 0'));
    expect(runProgram("promtool", "check", "config", config).code).not.to.equal(0);
  });

  const ruleTests = globSync("tests/configs/rules/*.yml").sort();

  it("has tests of the alert rules", () => {
    expect(ruleTests).not.to.deep.equal([]);
  });

  for (const file of ruleTests) {
    it(`promtool sees the alerts fire and stay silent as ${file} says`, () => {
      const { code, said } = runProgram("promtool", "test", "rules", file);
      expect(code, said).to.equal(0);
    });
  }

  it("promtool fails a test whose alert does not fire", () => {
    const [file = ""] = ruleTests;
    const wrong = path.join(folder(), "wrong.yml");
    const rules = path.resolve("configs/prometheus/rules/understudy.yml");
    const text = readFileSync(file, "utf8").replace(/\S*rules\/understudy\.yml/, rules);
    writeFileSync(wrong, text.replace('values: "0x10"', 'values: "1x10"'));
    const { code, said } = runProgram("promtool", "test", "rules", wrong);
    expect(code, said).not.to.equal(0);
  });

  it("amtool accepts Alertmanager's configuration", async () => {
    const { files } = await declareService("alertmanager", (args) => new Alertmanager("svc", args));
    const root = place("alertmanager", files);
    const { code, said } = runProgram("amtool", "check-config", root + filePath("alertmanager.yml"));
    expect(code, said).to.equal(0);
    expect(said).to.include("3 receivers").and.include("10 inhibit rules");
  });

  it("amtool accepts what receivers of every form are rendered as, and sends the Watchdog to those that wait for it", async () => {
    const receivers = {
      gate: { form: "webhook", secret: "gateUrl" },
      chat: { form: "slack", secret: "chatUrl", channel: "#ops" },
      duty: { form: "pagerduty", secret: "dutyKey" },
      post: {
        ...{ form: "mail", to: ["a@mail.example", "b@mail.example"], from: "u@mail.example" },
        ...{ smarthost: "mail.example:587", username: "u", secret: "mailWord" },
      },
      watcher: { form: "webhook", secret: "watcherUrl", deadman: true },
    };
    const environment = sampleEnvironment(2, { notify: { receivers } });
    const receiverSecrets = {
      ...{
        gate: "https://gate.example/hook",
        chat: "https://chat.example/T0/B0",
        watcher: "https://watch.example/ping",
      },
      ...{ duty: "0123456789abcdef0123456789abcdef", post: "a word" },
    };
    const { files } = await declareService(
      "alertmanager",
      (args) => new Alertmanager("svc", { ...args, receiverSecrets }),
      () => sampleArgs(environment, "alertmanager"),
    );
    const config = place("receivers", files) + filePath("alertmanager.yml");
    const { code, said } = runProgram("amtool", "check-config", config);
    expect(code, said).to.equal(0);
    expect(said).to.include("4 receivers");
    const routed = (...labels: readonly string[]): string | undefined =>
      runProgram("amtool", "config", "routes", "test", `--config.file=${config}`, ...labels).said.split("\n")[0];
    expect(routed("alertname=Watchdog")).to.equal("understudy-deadman");
    expect(routed("alertname=HostDown")).to.equal("understudy");
    expect(routed("alertname=UnderstudyCanary", "understudy_canary=true")).to.equal("understudy-canary");
    const text = readFileSync(config, "utf8");
    for (const secret of Object.values(receiverSecrets)) expect(text).to.include(secret);
  });

  it("amtool sends the alerts to the receiver that is there, and refuses one that is not", () => {
    const config = "configs/alertmanager/alertmanager.yml";
    const route = runProgram("amtool", "config", "routes", "test", `--config.file=${config}`, "alertname=HostDown");
    expect(route.said.split("\n")[0]).to.equal("understudy");
    for (const [labels, receiver] of [
      ["severity=critical", "understudy"],
      ["severity=none", "understudy-nobody"],
    ] as const) {
      const one = runProgram("amtool", "config", "routes", "test", `--config.file=${config}`, labels);
      expect(one.said.split("\n")[0], labels).to.equal(receiver);
    }
    const wrong = path.join(folder(), "alertmanager.yml");
    writeFileSync(wrong, readFileSync(config, "utf8").replace("receiver: understudy", "receiver: nobody"));
    expect(runProgram("amtool", "check-config", wrong).code).not.to.equal(0);
  });
});
