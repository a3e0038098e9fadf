import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { runProgram } from "../support/run-program";
import { temporaryFolder } from "../support/temporary-folder";

const RULES = path.resolve("configs/prometheus/rules/exporters.yml");
const WELL: Readonly<Record<string, string>> = {
  'up{job="understudy-exporters",host="host-a",service="postgres-exporter"}': "1x60",
  'up{job="understudy-exporters",host="host-a",service="redis-exporter"}': "1x60",
  'up{job="understudy-agent",host="host-a"}': "1x60",
  'pg_up{host="host-a"}': "1x60",
  'redis_up{host="host-a"}': "1x60",
  'understudy_store_answers{host="host-a",store="timescaledb"}': "1x60",
  'understudy_store_answers{host="host-a",store="redis"}': "1x60",
  'pg_replication_slot_wal_status{host="host-a",slot_name="one",wal_status="reserved"}': "1x60",
};

interface Case {
  readonly fault: string;
  readonly changes: Readonly<Record<string, string>>;
  /** The alerts that are raised, and by which label they are known. */
  readonly raised: Readonly<Record<string, string>>;
}

const LOST = 'pg_replication_slot_wal_status{host="host-a",slot_name="one",wal_status="lost"}';
const CASES: readonly Case[] = [
  { fault: "nothing", changes: {}, raised: {} },
  {
    fault: "an exporter is gone",
    changes: { 'up{job="understudy-exporters",host="host-a",service="redis-exporter"}': "0x60" },
    raised: { ExporterDown: "redis-exporter" },
  },
  {
    fault: "the server refuses it",
    changes: { 'pg_up{host="host-a"}': "0x60" },
    raised: { ExporterRefused: "timescaledb" },
  },
  {
    fault: "the store is silent, which the agent says",
    changes: { 'redis_up{host="host-a"}': "0x60", 'understudy_store_answers{host="host-a",store="redis"}': "0x60" },
    raised: {},
  },
  { fault: "a slot is lost, which the agent says", changes: { [LOST]: "1x60" }, raised: {} },
  {
    fault: "a slot is lost, and no agent answers",
    changes: { [LOST]: "1x60", 'up{job="understudy-agent",host="host-a"}': "0x60" },
    raised: { SlotLogMissing: "lost" },
  },
];

describe("the alerts on what exporters say", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  for (const { fault, changes, raised } of CASES) {
    it(`${fault}: ${Object.keys(raised).join(", ") || "none is raised"}`, () => {
      const series = Object.entries({ ...WELL, ...changes }).map(([one, values]) => ({ series: one, values }));
      const asked = ["ExporterDown", "ExporterRefused", "SlotLogMissing"].map((alert) => ({
        expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
        ...{ eval_time: "10m", exp_samples: [{ labels: "{}", value: raised[alert] === undefined ? 0 : 1 }] },
      }));
      const named = Object.entries(raised).map(([alert, word]) => ({
        expr: `count(ALERTS{alertname="${alert}"} and on (alertname) count by (alertname) ({alertname="${alert}", service="${word}"} or {alertname="${alert}", store="${word}"} or {alertname="${alert}", wal_status="${word}"}))`,
        ...{ eval_time: "10m", exp_samples: [{ labels: "{}", value: 1 }] },
      }));
      const file = path.join(folder(), "tests.yml");
      const tests = [{ interval: "15s", input_series: series, promql_expr_test: [...asked, ...named] }];
      writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: "15s", tests }));
      const { code, said } = runProgram("promtool", "test", "rules", file);
      expect(code, said).to.equal(0);
    });
  }
});
