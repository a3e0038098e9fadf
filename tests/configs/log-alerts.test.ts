import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const RULES = path.resolve("configs/prometheus/rules/logs.yml");
const OF = 'job="understudy-collectors",host="host-a"';
const OWN = `${OF},exporter="otlp_http/own"`;
const PEER = `${OF},exporter="otlp_http/peer"`;
const WELL: Readonly<Record<string, string>> = {
  [`up{${OF}}`]: "1x60",
  [`otelcol_exporter_queue_size{${OWN}}`]: "0x60",
  [`otelcol_exporter_queue_capacity{${OWN}}`]: "100x60",
  [`otelcol_exporter_queue_size{${PEER}}`]: "70x60",
  [`otelcol_exporter_queue_capacity{${PEER}}`]: "100x60",
  [`otelcol_exporter_enqueue_failed_log_records_total{${PEER}}`]: "7x60",
  [`otelcol_exporter_send_failed_log_records_total{${OWN}}`]: "7x60",
};

interface Case {
  readonly fault: string;
  readonly changes: Readonly<Record<string, string>>;
  readonly raised: readonly string[];
}

const CASES: readonly Case[] = [
  { fault: "nothing", changes: {}, raised: [] },
  { fault: "the Collector is gone", changes: { [`up{${OF}}`]: "0x60" }, raised: ["CollectorDown"] },
  {
    fault: "a queue fills",
    changes: { [`otelcol_exporter_queue_size{${OWN}}`]: "90x60" },
    raised: ["LogQueueNearlyFull"],
  },
  {
    fault: "a queue is full, and lines do not fit",
    changes: {
      [`otelcol_exporter_queue_size{${PEER}}`]: "100x60",
      [`otelcol_exporter_enqueue_failed_log_records_total{${PEER}}`]: "7+1x60",
    },
    raised: ["LogQueueNearlyFull", "LogLinesLost"],
  },
  {
    fault: "Loki refuses lines",
    changes: { [`otelcol_exporter_send_failed_log_records_total{${OWN}}`]: "7+1x60" },
    raised: ["LogLinesLost"],
  },
];

describe("the alerts on the Collectors of logs", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  for (const { fault, changes, raised } of CASES) {
    it(`${fault}: ${raised.join(", ") || "none is raised"}`, () => {
      const series = Object.entries({ ...WELL, ...changes }).map(([one, values]) => ({ series: one, values }));
      const asked = ["CollectorDown", "LogQueueNearlyFull", "LogLinesLost"].map((alert) => ({
        expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
        ...{ eval_time: "10m", exp_samples: [{ labels: "{}", value: raised.includes(alert) ? 1 : 0 }] },
      }));
      const file = path.join(folder(), "tests.yml");
      const tests = [{ interval: "15s", input_series: series, promql_expr_test: asked }];
      writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: "15s", tests }));
      const { code, said } = runProgram("promtool", "test", "rules", file);
      expect(code, said).to.equal(0);
    });
  }
});
