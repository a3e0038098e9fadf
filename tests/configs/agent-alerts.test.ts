import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { ALERT_CASES, wellSeries, type AlertCase } from "../support/alert-cases";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const RULES = path.resolve("configs/prometheus/rules/agent.yml");

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly interval?: string; readonly rules: readonly Rule[] }[];
}

const rules = (parse(readFileSync(RULES, "utf8")) as RuleFile).groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const critical = alerts.filter(({ labels }) => labels?.["severity"] === "critical").map(({ alert }) => alert ?? "");

/** The annotations of a raised alert, its labels and value put in. */
function annotations(
  { annotations: all = {} }: Rule,
  { value = "?", ...labels }: Readonly<Record<string, string>>,
): object {
  const put = (text: string): string =>
    text
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? "")
      .replaceAll(/\{\{ \$value \| \w+ \}\}/g, value);
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, put(text)]));
}

function expected(alert: string, raised: AlertCase["raised"]): readonly object[] {
  const rule = alerts.find((one) => one.alert === alert) ?? expect.fail(`no alert ${alert}`);
  return raised.map(({ value, ...labels }) => ({
    exp_labels: { ...rule.labels, ...labels },
    exp_annotations: annotations(rule, { ...labels, ...(value === undefined ? {} : { value }) }),
  }));
}

function test(name: string, changes: AlertCase["changes"], asked: readonly object[]): object {
  const series = new Map<string, string | null>([...wellSeries(), ...Object.entries(changes)]);
  return {
    name,
    interval: "5s",
    input_series: [...series].flatMap(([one, values]) => (values === null ? [] : [{ series: one, values }])),
    alert_rule_test: asked,
  };
}

describe("the alerts on what the agents see", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = temporaryFolder();

  function promtool(tests: readonly object[]): { code: number | null; said: string } {
    const file = path.join(folder(), "tests.yml");
    writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: "5s", tests }));
    return runProgram("promtool", "test", "rules", file);
  }

  it("are raised by their fault, after their `for` and not before, and no other critical one beside them", () => {
    const tests = ALERT_CASES.map(({ alert, fault, changes, before: early, at, raised }) =>
      test(fault, changes, [
        { eval_time: early, alertname: alert, exp_alerts: [] },
        { eval_time: at, alertname: alert, exp_alerts: expected(alert, raised) },
        ...critical
          .filter((other) => other !== alert)
          .map((other) => ({ eval_time: at, alertname: other, exp_alerts: [] })),
      ]),
    );
    const { code, said } = promtool(tests);
    expect(code, said).to.equal(0);
  });

  it("have a case each, and are not raised by a pair that is well", () => {
    expect(new Set(ALERT_CASES.map(({ alert }) => alert))).to.deep.equal(new Set(alerts.map(({ alert }) => alert)));
    const well = alerts.map(({ alert }) => ({ eval_time: "140s", alertname: alert, exp_alerts: [] }));
    const { code, said } = promtool([test("a pair that is well", {}, well)]);
    expect(code, said).to.equal(0);
  });

  it("would fail where one is not raised", () => {
    const [first] = ALERT_CASES;
    const { alert, at, raised } = first ?? expect.fail("no case");
    const asked = [{ eval_time: at, alertname: alert, exp_alerts: expected(alert, raised) }];
    expect(promtool([test("without its fault", {}, asked)]).code).not.to.equal(0);
  });

  it("have every threshold in one place: a record, or a metric that has it from the environment file", () => {
    for (const { alert, expr } of alerts) {
      const numbers = expr.replaceAll(/"[^"]*"|\[\w+\]/g, "").match(/\b\d[\d.e]*\b/g) ?? [];
      expect(
        numbers.filter((one) => !["0", "1", "2"].includes(one)),
        alert,
      ).to.deep.equal([]);
    }
  });

  it("reach people within a minute where they are critical: asked and evaluated every 5 s, held back 20 s at most", () => {
    const [group] = (parse(readFileSync(RULES, "utf8")) as RuleFile).groups;
    expect(group?.interval).to.equal("5s");
    for (const { alert, for: wait = "0s", labels } of alerts)
      if (labels?.["severity"] === "critical") expect(Number(/^(\d+)s$/.exec(wait)?.[1]), alert).to.be.at.most(20);
    const others = (parse(readFileSync(RULES.replace("agent.yml", "understudy.yml"), "utf8")) as RuleFile).groups;
    // That a new container has no backup yet is no fault before a quarter of an hour.
    for (const { alert, for: wait = "0s", labels } of others.flatMap((one) => one.rules))
      if (labels?.["severity"] === "critical" && alert !== "BackupMissing")
        expect(Number(/^(\d+)s$/.exec(wait)?.[1]), alert).to.be.at.most(20);
  });
});
