import { expect } from "chai";
import { pollUntil } from "../../drills/hosts/bounded";
import { sendJson } from "../../drills/hosts/http";
import { labHeal } from "../../lab/faults/heal";
import { strikeFault } from "../../lab/faults/strike";
import { bringUp } from "../../operator/failover/bring-up";
import { loadEnvironment } from "../../settings/load-environment";
import { viewFrom } from "../../settings/pair";
import { WITH_AGENTS } from "../support/idle-pair";
import { good, untilWhole } from "../support/lab-pair";
import { understudy, LAB_ENVIRONMENT } from "../support/lab-stacks";
import { declareEnvironment } from "../support/lab-with-backups";

/** Alertmanager waits so long before it tells a critical alert that it has: see its configuration. */
const GROUP_WAIT_SECONDS = 5;
const MOST_SECONDS = 60;
const quiet = (): void => undefined;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: string };
  readonly startsAt: string;
}

/** Alerts of a lab with agents, as the Alertmanager of one host has them. Its faults are the lab's own. */
describe("alerts of a pair with agents, on the lab", function () {
  this.timeout(900_000);

  before(async () => {
    await untilWhole("host-a");
    await declareEnvironment(WITH_AGENTS);
    await bringUp(loadEnvironment(WITH_AGENTS), quiet);
    await untilWhole("host-a");
  });
  afterEach(async () => {
    await labHeal(quiet);
    await untilWhole("host-a");
    // What a host that comes back has raised on its way ends as well, also what still waits, and is not taken for what
    // comes next.
    const { reading } = await pollUntil(
      async () => [...(await critical("host-a")), ...(await raised("host-a")), ...(await raised("host-b"))],
      (names) => names.length === 0,
      { deadlineMs: MOST_SECONDS * 1000, pauseMs: 1000 },
    );
    expect(reading, "a minute after the pair is whole").to.deep.equal([]);
  });
  after(async () => {
    await declareEnvironment(LAB_ENVIRONMENT);
    await bringUp(loadEnvironment(LAB_ENVIRONMENT), quiet);
  });

  /** The critical alerts that are told: neither silenced nor held back. */
  async function told(host: string): Promise<readonly Alert[]> {
    const environment = loadEnvironment(WITH_AGENTS);
    const { self } = viewFrom(environment, host);
    const alerts = (await sendJson({
      ...{ host: self, port: environment.ports.alertmanager, timeoutMs: 5000 },
      path: "/api/v2/alerts?active=true&silenced=false&inhibited=false",
    })) as readonly Alert[];
    return alerts.filter(({ labels, status }) => labels["severity"] === "critical" && status.state === "active");
  }
  /** The critical alerts that a host's Prometheus has raised, or is about to. */
  async function raised(host: string): Promise<readonly string[]> {
    const environment = loadEnvironment(WITH_AGENTS);
    const { self } = viewFrom(environment, host);
    const query = new URLSearchParams({ query: 'ALERTS{severity="critical"}' }).toString();
    const answer = (await sendJson({
      ...{ host: self, port: environment.ports.prometheus, timeoutMs: 5000, path: `/api/v1/query?${query}` },
    })) as { readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] } };
    return answer.data.result.map(({ metric }) => `${metric["alertname"] ?? ""} by ${host}`);
  }
  const critical = async (host: string): Promise<readonly string[]> =>
    [...new Set((await told(host)).map(({ labels }) => labels["alertname"] ?? ""))].sort();

  it("are none for five minutes in which nothing happens", async () => {
    const { reading } = await pollUntil(
      () => critical("host-a"),
      (names) => names.length > 0,
      { deadlineMs: 300_000, pauseMs: 5000 },
    );
    expect(reading).to.deep.equal([]);
  });

  for (const [alert, fault, struck, seenFrom] of [
    ["HostDown", "engine-killed", "host-b", "host-a"],
    ["HostDown", "power-loss", "host-b", "host-a"],
  ] as const) {
    it(`are ${alert} alone, within a minute, after ${fault} of ${struck}`, async () => {
      const began = Date.now();
      await strikeFault(fault, struck, quiet);
      const found = await pollUntil(
        () => critical(seenFrom),
        (names) => names.includes(alert),
        { deadlineMs: 90_000, pauseMs: 250 },
      );
      expect((Date.now() - began) / 1000 + GROUP_WAIT_SECONDS).to.be.below(MOST_SECONDS);
      expect(found.reading).to.deep.equal([alert]);
    });
  }

  it("are none while the roles are exchanged and exchanged back", async () => {
    const seen = new Set<string>();
    const drills = { ended: false };
    const watching = (async () => {
      while (!drills.ended) {
        for (const { labels, startsAt } of await told("host-a").catch(() => []))
          seen.add(`${labels["alertname"] ?? ""} of ${labels["store"] ?? labels["service"] ?? ""} since ${startsAt}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    })();
    for (const to of ["host-b", "host-a"])
      good(await understudy("switchover", "--env-config", WITH_AGENTS, "--execute", "--to", to));
    drills.ended = true;
    await watching;
    expect([...seen]).to.deep.equal([]);
  });
});
