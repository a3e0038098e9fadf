import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import type { Diagnosis } from "../../operator/doctor/doctor";
import { HEALTH_REPORT_NAME, healthReportSchema } from "../../evidence/health-report";
import type { LifecycleOutcome } from "../../operator/lifecycle/up-pair";
import type { PairStatus } from "../../operator/status/pair-status";
import type { BenchReport } from "../../lab/bench/report";
import { FAULTS } from "../../lab/faults/table";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import type { LabStatus } from "../../lab/host/status";
import { SERVICE_NAMES } from "../../settings/services";
import { ACCEPTANCE_FOLDER } from "../support/kept-evidence";
import { passwordsOfThePair } from "../support/lab-passwords";
import { labEnvironment, LAB_ENVIRONMENT, understudy as command, type Finished } from "../support/lab-stacks";
import { secretsIn, watchArguments } from "../support/planted-secrets";
import { temporaryFolder } from "../support/temporary-folder";

const ENV = ["--env-config", LAB_ENVIRONMENT];
const RESULTS = "docs/results";
const SETTLED = { deadlineMs: 240_000, pauseMs: 1000 };

/** Which host asks for the ports of which. */
const BETWEEN = [
  ["host-a", "ports of host-b"],
  ["host-b", "ports of host-a"],
];

/** A swap's hosts, from and to. */
const THERE = ["host-a", "host-b"];
const BACK = ["host-b", "host-a"];

function ended(code: number, finished: Finished): Finished {
  expect(finished.code, finished.stdout + finished.stderr).to.equal(code);
  return finished;
}

/** What the verbs have said, each as a whole. */
const everythingSaid: string[] = [];

async function understudy(...words: string[]): Promise<Finished> {
  const finished = await command(...words);
  everythingSaid.push(finished.stdout, finished.stderr);
  return finished;
}

/** What a verb prints with `--output json`: nothing but one JSON value may be on stdout. */
async function json<T>(code: number, ...words: string[]): Promise<T> {
  return JSON.parse(ended(code, await understudy(...words, "--output", "json")).stdout) as T;
}

/** Asks until it exits 0: on a busy machine a service may not answer in time at first. */
async function jsonWhenGood<T>(...words: string[]): Promise<T> {
  const run = (): Promise<Finished> => understudy(...words, "--output", "json");
  const { reading } = await pollUntil(run, ({ code }) => code === 0, SETTLED);
  return JSON.parse(ended(0, reading).stdout) as T;
}

describe("every verb on the lab, as programs read it", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const evidence = path.join(ACCEPTANCE_FOLDER, "planned_back.env");
  let primary: string;
  let standby: string;
  let secrets: Readonly<Record<string, string>>;
  let endWatch: ReturnType<typeof watchArguments> | undefined;

  before(async () => {
    secrets = await passwordsOfThePair();
    endWatch = watchArguments(secrets);
    const roles = await readyPair(labPair(labEnvironment()), () => undefined);
    primary = roles.primary.name;
    standby = roles.standby.name;
  });
  after(() => endWatch?.());

  it("status: a row a service and host, each since when, and the standby's lag in three units", async () => {
    const { rows, readAt } = await jsonWhenGood<PairStatus>("status", ...ENV);
    expect(rows).to.have.length(2 * SERVICE_NAMES.length);
    for (const { service, since } of rows) expect(Date.parse(since ?? ""), service).to.be.lessThan(Date.parse(readAt));
    const follower = rows.find(({ host, service }) => host === standby && service === "timescaledb");
    for (const lag of [follower?.lagEvents, follower?.lagBytes, follower?.lagSeconds]) expect(lag).to.be.a("number");
  });

  it("status --watch: a line for each reading, and an interrupt ends it with the exit code of the last one", async () => {
    const words = ["status", ...ENV, "--watch", "--interval-seconds", "1", "--output", "json"];
    const child = spawn("bin/understudy", words, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(child, "close");
    const readings = (): readonly string[] => said.split("\n").slice(0, -1);
    const count = (): Promise<number> => Promise.resolve(readings().length);
    await pollUntil(count, (enough) => enough >= 2, { deadlineMs: 120_000, pauseMs: 200 });
    child.kill("SIGINT");
    const [code] = (await closed) as [number | null];
    const statuses = readings().map((line) => JSON.parse(line) as PairStatus);
    expect(statuses.length).to.be.at.least(2);
    expect(code).to.equal(statuses.at(-1)?.good === true ? 0 : 1);
  });

  it("status --watch: ends without a word when whoever reads it has gone", async () => {
    const words = ["status", ...ENV, "--watch", "--interval-seconds", "1", "--output", "json"];
    const child = spawn("bin/understudy", words, { stdio: ["ignore", "pipe", "pipe"] });
    const complaints = text(child.stderr);
    const closed = once(child, "close");
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = (await closed) as [number | null];
    expect(code).to.be.oneOf([1, 141]);
    expect(await complaints).to.equal("");
  });

  it("health: the published report of both hosts", async () => {
    const file = path.join(RESULTS, HEALTH_REPORT_NAME);
    const entries = healthReportSchema.parse(await jsonWhenGood("health", ...ENV, "--output-file", file));
    expect(entries).to.have.length(2 * SERVICE_NAMES.length);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(entries);
  });

  it("doctor: nothing to mend, and each host reaches the other's ports", async () => {
    const { findings } = await jsonWhenGood<Diagnosis>("doctor", ...ENV);
    const between = findings.filter(({ check }) => check.startsWith("ports of "));
    expect(between.map(({ host, check }) => [host, check])).to.have.deep.members(BETWEEN);
    // The stores, the gossip and the front; all else is behind that.
    for (const { detail } of between) expect(detail).to.match(/^4 answer at /);
    const about = (check: string): string[] =>
      findings.filter((one) => one.check === check).map(({ detail }) => detail);
    expect(about("open to")).to.deep.equal(
      Array.from({ length: 2 }, () => "private networks alone, and no public address"),
    );
    for (const detail of about("reach"))
      expect(detail).to.match(/^of 11 ports answer from here 3 at .*from itself \d+ at 127/);
  });

  it("up and down: without --execute each says what would change", async () => {
    for (const verb of ["up", "down"]) {
      const outcome = await json<LifecycleOutcome>(0, verb, ...ENV);
      expect(outcome.mode, verb).to.equal("dry-run");
      expect(outcome.stacks, verb).to.have.length(2);
    }
  });

  it("settle and rejoin: there is nothing to settle, and the standby follows already", async () => {
    const troubles = await json<readonly { locks: readonly unknown[]; pending: readonly unknown[] }[]>(
      0,
      "settle",
      ...ENV,
    );
    expect(troubles.flatMap(({ locks, pending }) => [...locks, ...pending])).to.deep.equal([]);
    const plan = await json<{ stores: readonly { action: string }[] }>(0, "rejoin", standby, ...ENV);
    expect(plan.stores.map(({ action }) => action)).not.to.include("refuse");
  });

  it("release: a store that is not held is not released", async () => {
    const words = ["release", standby, ...ENV, "--the-peer-cannot-write"];
    expect(await json(0, ...words)).to.deep.equal({
      host: standby,
      stores: [
        { store: "timescaledb", released: false },
        { store: "redis", released: false },
      ],
    });
  });

  it("probe: started beside the operator, and ended", async () => {
    const words = ["probe", ...ENV, "--socket", path.join(folder(), "probe.sock")];
    const { pid } = await json<{ pid: number }>(0, ...words, "--detach");
    expect(await json(0, ...words, "--stop")).to.deep.include({ pid });
    ended(1, await understudy(...words, "--stop"));
  });

  it("report, history and accept: the swap back, for people and for programs", async () => {
    const files = await json<Record<string, string>>(0, "report", "--evidence", evidence);
    expect(readFileSync(files["html"] ?? "", "utf8")).to.include("<svg");
    const history = await json<{ drills: readonly object[] }>(0, "history", "--dir", ACCEPTANCE_FOLDER);
    expect(history.drills.length).to.be.at.least(1);
    const health = path.join(RESULTS, HEALTH_REPORT_NAME);
    const words = ["accept", "--evidence", evidence, "--health-report", health];
    const { scenarios } = await json<{ scenarios: readonly { id: string; exhibits: readonly object[] }[] }>(
      1,
      ...words,
    );
    const shown = scenarios.filter(({ exhibits }) => exhibits.length > 0).map(({ id }) => id);
    expect(shown).to.include.members(["planned-swap-zero-loss", "health-on-both-hosts"]);
  });

  it("lab: a cut between the hosts is told while it is on, doctor sees it from both ends, and the heal takes it away", async () => {
    const list = await json<{ faults: readonly { name: string }[] }>(0, "lab", "fault");
    expect(list.faults.map(({ name }) => name)).to.deep.equal(FAULTS.map(({ name }) => name));
    const active = async (...words: string[]): Promise<readonly string[]> => {
      const said = await json<{ active: readonly { name: string }[] }>(0, ...words);
      return said.active.map(({ name }) => name);
    };
    expect(await active("lab", "fault", "cut-hosts")).to.deep.equal(["cut-hosts"]);
    expect((await json<LabStatus>(1, "lab", "status")).up).to.equal(false);
    const { findings } = await json<Diagnosis>(1, "doctor", ...ENV);
    // The records of following and the scrapes through the front tell of the cut as well, once it is some seconds old.
    const later = (check: string): boolean => check.endsWith(" following") || check === "front";
    const wrong = findings.filter(({ state, check }) => state !== "good" && !later(check));
    expect(wrong.map(({ host, check }) => [host, check])).to.have.deep.members(BETWEEN);
    for (const { fix } of wrong) expect(fix).to.match(/^on host-[ab], let 10\.91\..* reach 6379, 6380, 5432, /);
    expect(await active("lab", "heal")).to.deep.equal([]);
    expect((await json<LabStatus>(0, "lab", "up")).up).to.equal(true);
    expect((await json<readonly object[]>(0, "lab", "matrix", "--list", "--subset")).length).to.be.at.least(1);
    await jsonWhenGood("status", ...ENV);
  });

  it("lab bench: swaps up to one that ends on host-a, every figure in the file, and the exit code says whether the aims were met", async () => {
    const expected = primary === "host-a" ? [THERE, BACK] : [BACK];
    const file = path.join(folder(), "bench.json");
    const words = ["--count", `${expected.length}`, "--series", "probe", "--output-file", file, "--output", "json"];
    const run = await understudy("lab", "bench", ...words);
    expect(run.code, run.stderr).to.be.oneOf([0, 1]);
    const report = JSON.parse(run.stdout) as BenchReport;
    const [series, ...more] = report.series;
    expect(more).to.deep.equal([]);
    const swaps = expected.length;
    expect(series?.summary).to.include({ asked: swaps, swaps, succeeded: swaps });
    expect(series?.swaps.map(({ fromHost, toHost }) => [fromHost, toHost])).to.deep.equal(expected);
    expect(series?.summary.outageMs.timescaledb.measured).to.equal(swaps);
    expect(run.code === 0).to.equal(series?.aims.every(({ verdict }) => verdict === "met"));
    expect(report).to.deep.include({ unplanned: [], backups: null });
    expect((JSON.parse(readFileSync(file, "utf8")) as BenchReport).series).to.deep.equal(report.series);
  });

  it("no password of the pair was in what they said, or an argument of any process of either host or the operator", async () => {
    expect(everythingSaid.length).to.be.greaterThan(20);
    expect(secretsIn(everythingSaid.join("\n"), secrets)).to.deep.equal([]);
    expect(await endWatch?.()).to.deep.equal([]);
  });
});
