import { copyFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { counterSum } from "../../drills/services/canary/alerts";
import { dashboards } from "../../drills/services/canary/dashboards";
import { send } from "../../drills/hosts/http";
import { logLines } from "../../drills/services/canary/log-lines";
import { canaryHost, type CanaryHost } from "../../drills/services/canary/options";
import { spans } from "../../drills/services/canary/spans";
import { pollUntil } from "../../drills/hosts/bounded";
import type { EvidenceDocument } from "../../evidence/document";
import { HEALTH_REPORT_NAME, healthReportSchema, isAllWell } from "../../evidence/health-report";
import { connectEngine } from "../../drills/hosts/engine";
import { startLoad, type RunningLoad } from "../../lab/bench/load";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { CARRIED_SERVICES, SERVICE_NAMES } from "../../settings/services";
import { namedHosts } from "../../settings/pair";
import { ConnectPage } from "../support/connect-page";
import { keepForAcceptance } from "../support/kept-evidence";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, understudy } from "../support/lab-stacks";
import { setSlow } from "../support/slow-services";
import { temporaryFolder } from "../support/temporary-folder";

const NUMBERS = Array.from({ length: 30 }, (_, index) => index + 1);
const TIMEOUT_MS = 5000;
/** Alertmanager's second instance pages after this time, unless it knows that the first one did. */
const SECOND_PAGE_MS = 16_000;

describe("the other services keep their data in a planned swap under load", function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  const id = `e2e-services-${Date.now()}`;
  /** The primary of now and its standby; the first swap goes from the one to the other, the second back. */
  let hosts: readonly CanaryHost[];
  let load: RunningLoad | undefined;
  let document: EvidenceDocument;
  let outside: Readonly<
    Record<
      (typeof CARRIED_SERVICES)[number],
      {
        write(number: number, host: CanaryHost): Promise<void>;
        readBack(host: CanaryHost): Promise<number[]>;
      }
    >
  >;
  let pagesBefore = 0;
  const connectPage = new ConnectPage();

  before(async () => {
    const { primary } = await readyPair(labPair(labEnvironment()), () => undefined);
    const all = namedHosts(labEnvironment()).map((host) => canaryHost(host, labEnvironment().ports));
    hosts = [...all.filter(({ name }) => name === primary.name), ...all.filter(({ name }) => name !== primary.name)];
    const subject = { drillId: `${id}-outside`, timeoutMs: TIMEOUT_MS };
    const password = (await labCredentials()).grafana;
    await setSlow(["loki", "tempo"], true);
    outside = { loki: logLines(subject), tempo: spans(subject), grafana: dashboards({ ...subject, password }) };
    await connectPage.begin();
  });
  after(async () => {
    await load?.stop();
    await connectPage.end();
    await setSlow(["loki", "tempo"], false);
  });

  async function pages(): Promise<number> {
    const texts = await Promise.all(
      hosts.map((host) => send({ host, port: host.ports.prometheus, path: "/metrics", timeoutMs: TIMEOUT_MS })),
    );
    const handler = "/api/v1/format_query";
    return texts.reduce((sum, text) => sum + counterSum(text, "prometheus_http_requests_total", { handler }), 0);
  }

  async function swap(name: string): Promise<EvidenceDocument> {
    const file = `${folder()}/${name}.env`;
    const words = ["--env-config", LAB_ENVIRONMENT, "--output-file", file, "--drill-id", `${id}-${name}`];
    const run = await understudy("failover", ...words, "--execute");
    expect(run.code, run.stdout + run.stderr).to.equal(0);
    const limits = ["--max-failover-seconds", "60", "--max-data-lag-events", "0"];
    const verdict = await understudy("verify", "--evidence", file, ...limits);
    expect(verdict.code, verdict.stdout).to.equal(0);
    keepForAcceptance(file);
    return JSON.parse(readFileSync(file.replace(/env$/, "json"), "utf8")) as EvidenceDocument;
  }

  it("is connected to by every way of the page on connecting", () => connectPage.everyWay(1));

  it("swaps with an accepted verdict while pgbench and redis-benchmark write", async () => {
    const [primary] = hosts;
    for (const service of CARRIED_SERVICES) {
      for (const number of NUMBERS) await outside[service].write(number, primary!);
    }
    pagesBefore = await pages();
    load = await startLoad(labEnvironment());
    document = await swap("planned_there");
    expect(document.drill.toHost).to.equal(hosts[1]!.name);
    const { pgbenchTransactions } = await load.stop();
    load = undefined;
    expect(pgbenchTransactions).to.be.greaterThan(0);
  });

  it("lost no row, entry, log line, span, silence or dashboard, and at most one scrape of a target", () => {
    const services = document.continuity?.services ?? [];
    expect(services.map((one) => one.service)).to.have.members([...SERVICE_NAMES]);
    for (const { service, counted } of services) {
      for (const { unit, what, counts } of counted) {
        expect(counts.written, `${service} ${unit}`).to.be.greaterThan(0);
        expect(counts.duplicated, `${service} ${unit}`).to.equal(0);
        expect(counts.missing, `${service} ${unit} ${what}`).to.be.at.most(service === "prometheus" ? 1 : 0);
      }
    }
  });

  it("copied the data from host to host, through nothing between them", () => {
    const ways = document.continuity?.services.flatMap(({ carried }) => carried?.route ?? []);
    expect(ways).to.deep.equal(CARRIED_SERVICES.map(() => ({ way: "host-to-host", why: null })));
  });

  it("waits for the services that are slow to be ready, and asks Tempo to write out instead of waiting for its slow stop", () => {
    const gone = new Map(
      document.continuity?.services.map(({ service, carried }) => [
        service,
        carried === null ? 0 : carried.answeredAtMs - carried.stoppedAtMs,
      ]),
    );
    for (const service of ["loki", "tempo"] as const) expect(gone.get(service), service).to.be.within(15_000, 44_000);
  });

  it("is connected to after it by every way of the page on connecting, with nothing changed", () =>
    connectPage.everyWay(2));

  for (const service of CARRIED_SERVICES) {
    it(`finds on the new primary what others than the drill had written to ${service} on the old one`, async () => {
      const { reading } = await pollUntil(
        () => outside[service].readBack(hosts[1]!).catch(() => []),
        (found) => found.length >= NUMBERS.length,
        { deadlineMs: 30_000, pauseMs: 500 },
      );
      expect([...reading].sort((left, right) => left - right)).to.deep.equal(NUMBERS);
    });
  }

  it("pages nobody twice, also when the second Alertmanager has had its turn", async () => {
    const watched = document.continuity?.canary?.pagesWatchedMs ?? 0;
    await sleep(Math.max(0, SECOND_PAGE_MS - watched));
    expect((await pages()) - pagesBefore).to.equal(1);
  });

  it("leaves no container or folder of its own behind on either host", async () => {
    for (const host of namedHosts(labEnvironment())) {
      const engine = connectEngine(host);
      const names = (await engine.docker.listContainers({ all: true })).flatMap((one) => one.Names);
      engine.close();
      expect(names.filter((name) => name.includes("carrier"))).to.deep.equal([]);
    }
  });

  it("swaps back with everything, what was written on the other host included", async () => {
    await outside.loki.write(NUMBERS.length + 1, hosts[1]!);
    document = await swap("planned_back");
    expect(document.drill.toHost).to.equal(hosts[0]!.name);
    const { reading } = await pollUntil(
      () => outside.loki.readBack(hosts[0]!).catch(() => []),
      (found) => found.length > NUMBERS.length,
      { deadlineMs: 30_000, pauseMs: 500 },
    );
    expect(reading).to.have.length(NUMBERS.length + 1);
    await dashboardsAway();
  });

  it("acceptance, execute: success evidence, and a health report of both hosts that belongs to it", () => {
    const report = `${folder()}/${HEALTH_REPORT_NAME}`;
    const entries = healthReportSchema.parse(JSON.parse(readFileSync(report, "utf8")));
    expect(isAllWell(entries), JSON.stringify(entries)).to.equal(true);
    for (const { name } of hosts) {
      const services = entries.filter((one) => one.host === name).map(({ service }) => service);
      expect(services).to.have.members([...SERVICE_NAMES]);
    }
    expect(document.success).to.equal(true);
    copyFileSync(report, `docs/results/${HEALTH_REPORT_NAME}`);
  });

  async function dashboardsAway(): Promise<void> {
    const password = (await labCredentials()).grafana;
    const boards = dashboards({ drillId: `${id}-outside`, password, timeoutMs: TIMEOUT_MS });
    await boards.remove(NUMBERS, hosts[0]!);
  }
});
