import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { Prometheus } from "../../components/prometheus";
import { pollUntil } from "../../drills/hosts/bounded";
import { filePath } from "../../settings/names";
import { ALERT_FAULTS, WELL, type AlertFault } from "../support/alert-faults";
import { temporaryFolder } from "../support/temporary-folder";
import { toolsOnPath } from "../support/tools-on-path";
import { WatchedPair } from "../support/watched-pair";
import { declareService } from "../unit/components/declared-service";
import { sampleArgs, sampleEnvironment } from "../unit/components/sample";

/** From the fault to the receiver, at most. */
const MOST_SECONDS = 60;
/** How many pairs are watched at a time. */
const ABREAST = 3;
/** Also waited once an alert was told of: what else it raises would come meanwhile. */
const AFTER_SECONDS = 25;

interface Row {
  readonly alert: string;
  readonly fault: string;
  readonly seconds: number | null;
  readonly others: readonly string[];
}

/** Needs no lab: a real Prometheus and a real Alertmanager for each fault. About 10 min on an idle machine. */
describe("a critical alert reaches its receiver in time, and alone", function () {
  this.timeout(1_200_000);
  toolsOnPath();
  const folder = temporaryFolder();
  const rows: Row[] = [];
  let files: Readonly<Record<string, string>>;

  before(async () => {
    const declared = await declareService(
      "prometheus",
      (args) => new Prometheus("svc", args),
      () => sampleArgs(sampleEnvironment(2, { agent: {} }), "prometheus"),
    );
    files = { "prometheus.yml": declared.files[filePath("prometheus.yml")] ?? "" };
  });

  async function strike({ alert, fault, change }: AlertFault): Promise<Row> {
    const pair = new WatchedPair(path.join(folder(), alert), WELL, files);
    try {
      await pair.start();
      await later(40);
      expect(
        pair.hear().map(({ name }) => name),
        `${alert}: a pair that is well; ${pair.words}`,
      ).to.deep.equal([]);
      const began = Date.now();
      if (change === undefined) pair.loseTargets();
      else pair.series = change(WELL);
      const found = await pollUntil(
        () => Promise.resolve(pair.hear().find(({ name }) => name === alert) ?? null),
        (one) => one !== null,
        { deadlineMs: 90_000, pauseMs: 50 },
      );
      await later(AFTER_SECONDS);
      const others = pair.hear().filter(({ name, severity }) => name !== alert && severity === "critical");
      const seconds = found.reading === null ? null : Math.round((found.reading.atMs - began) / 100) / 10;
      return { alert, fault, seconds, others: [...new Set(others.map(({ name }) => name))] };
    } finally {
      await pair.stop();
    }
  }

  it("each by its fault, within a minute, and no other critical one beside it", async () => {
    const waiting = [...ALERT_FAULTS];
    const lane = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) rows.push(await strike(one));
    };
    await Promise.all(Array.from({ length: ABREAST }, lane));
    rows.sort((one, other) => (one.alert < other.alert ? -1 : 1));
    const file = process.env["UNDERSTUDY_ALERT_TIMES"] ?? "docs/results/alert_times.json";
    mkdirSync(path.dirname(file), { recursive: true });
    const at = new Date().toISOString().slice(0, 10);
    writeFileSync(file, `${JSON.stringify({ version: 1, at, mostSeconds: MOST_SECONDS, rows }, null, 2)}\n`);
    for (const { alert, seconds, others } of rows) {
      expect(seconds, alert).to.be.a("number").and.below(MOST_SECONDS);
      expect(others, alert).to.deep.equal([]);
    }
  });

  it("for every critical alert that there is, but the one whose fault is a quarter of an hour", () => {
    type Rules = { groups: { rules: { alert?: string; labels?: { severity?: string } }[] }[] };
    const critical = ["agent", "understudy"].flatMap((name) =>
      (parse(readFileSync(`configs/prometheus/rules/${name}.yml`, "utf8")) as Rules).groups
        .flatMap(({ rules }) => rules)
        .flatMap(({ alert, labels }) => (labels?.severity === "critical" ? [alert ?? ""] : [])),
    );
    expect(new Set([...ALERT_FAULTS.map(({ alert }) => alert), "BackupMissing"])).to.deep.equal(new Set(critical));
  });

  it("and what a drill causes is held back by its mark, until that ends", async () => {
    const { change } = ALERT_FAULTS.find(({ alert }) => alert === "NoPrimary") ?? expect.fail("no such fault");
    const pair = new WatchedPair(path.join(folder(), "drill"), WELL, files);
    try {
      await pair.start();
      const struck = change?.(WELL) ?? expect.fail("nothing is changed");
      // The lock was last seen now: it counts for a minute, and its drill is dead.
      const until = Date.now() / 1000 + 60;
      pair.series = { ...struck, agent: (host, now) => ({ ...struck.agent(host, now), drillUntil: until }) };
      await later(55);
      expect(pair.hear().map(({ name }) => name)).to.deep.equal([]);
      const told = await pollUntil(
        () => Promise.resolve(pair.hear().map(({ name }) => name)),
        (names) => names.length > 0,
        { deadlineMs: 90_000, pauseMs: 200 },
      );
      expect(told.reading, pair.words).to.deep.equal(["NoPrimary"]);
    } finally {
      await pair.stop();
    }
  });
});

function later(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
