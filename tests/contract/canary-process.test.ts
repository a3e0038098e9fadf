import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { startCanary, type CanaryHandle } from "../../drills/services/canary/canary";
import type { CanaryReport } from "../../drills/services/canary/protocol";
import { CARRIED_SERVICES } from "../../settings/services";
import { fakeServices, type FakeServices, type Misdeeds } from "../support/fake-services";

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const PASSWORD = "s3cret-of-grafana";

describe("the canary's process", function () {
  this.timeout(60_000);
  let services: FakeServices | undefined;
  let canary: CanaryHandle | undefined;

  afterEach(async () => {
    await canary?.abort();
    await services?.close();
  });

  async function start(misdeeds: Misdeeds = {}): Promise<[CanaryHandle, FakeServices]> {
    services = await fakeServices(misdeeds);
    canary = await startCanary({
      drillId: "contract",
      hosts: [...services.hosts],
      grafanaPassword: PASSWORD,
      scraped: ["loki on host-a"],
      originNs: process.hrtime.bigint().toString(),
      ...{ intervalMs: 20, dashboardIntervalMs: 20, attemptTimeoutMs: 3000, readBackMs: 600, settleMs: 3000 },
    });
    await canary.ready;
    return [canary, services];
  }

  async function swap([running, hosts]: [CanaryHandle, FakeServices]): Promise<CanaryReport> {
    await sleep(200);
    hosts.setDown(0, true);
    await sleep(200);
    for (const service of CARRIED_SERVICES) await running.move(service, "host-b");
    await sleep(200);
    hosts.setDown(0, false);
    return running.finish("host-b");
  }

  it("finds everything once that it wrote across a swap, and is gone afterwards", async () => {
    const [running, hosts] = await start();
    const report = await swap([running, hosts]);
    for (const service of ["loki", "tempo", "grafana", "alertmanager"] as const) {
      for (const { unit, counts } of report[service]) {
        expect(counts, unit).to.deep.equal({ ...counts, found: counts.written, missing: 0, duplicated: 0 });
        expect(counts.written, unit).to.be.greaterThan(0);
      }
    }
    expect(report.prometheus[0]?.counts.missing).to.equal(0);
    expect(report.finishedAtMs).to.be.greaterThan(report.startedAtMs);
    expect(isAlive(running.pid)).to.equal(false);
  });

  it("shows what was acknowledged and lost", async () => {
    const report = await swap(await start({ drops: [3] }));
    for (const service of CARRIED_SERVICES) expect(report[service][0]?.counts.missing, service).to.equal(1);
  });

  it("shows what is there twice", async () => {
    const report = await swap(await start({ repeats: [2] }));
    for (const service of CARRIED_SERVICES) {
      expect(report[service][0]?.counts.duplicated, service).to.equal(1);
      expect(report[service][0]?.numbers?.duplicated, service).to.deep.equal([2]);
    }
  });

  it("shows a page that was sent twice, and a silence that is gone", async () => {
    const { alertmanager } = await swap(await start({ pages: 2, forgetsSilences: true }));
    const counts = Object.fromEntries(alertmanager.map((one) => [one.unit, one.counts]));
    expect(counts["pages"]).to.include({ missing: 0, duplicated: 1 });
    expect(counts["silences"]).to.include({ missing: 1, duplicated: 0 });
  });

  it("tries again what nobody answered, and makes no second silence where the first was kept", async () => {
    const { alertmanager } = await swap(await start({ silenceUnheard: true }));
    for (const { unit, counts } of alertmanager) {
      expect(counts, unit).to.include({ written: 1, found: 1, missing: 0, duplicated: 0 });
    }
  });

  it("does not know, rather than find nothing, where the new primary does not answer", async () => {
    const [running, hosts] = await start();
    hosts.setDown(1, true);
    const report = await running.finish("host-b");
    expect(report.loki[0]?.counts).to.include({ found: null, missing: null });
    expect(report.alertmanager[0]?.counts).to.include({ found: null, missing: null });
    expect(report.prometheus[0]?.counts).to.include({ missing: null });
    expect(running.notes()).not.to.include(PASSWORD);
  });

  it("says which service it cannot write to", async () => {
    services = await fakeServices();
    services.setDown(0, true);
    canary = await startCanary({
      drillId: "contract",
      hosts: [...services.hosts],
      grafanaPassword: PASSWORD,
      scraped: ["loki on host-a"],
      originNs: process.hrtime.bigint().toString(),
      readyWithinMs: 3000,
    });
    const reason = await canary.ready.then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(reason).to.include("loki: host-a: answers 503").and.to.include("alertmanager");
  });
});
