import { expect } from "chai";
import { DASHBOARDS } from "../../components/dashboards";
import { ROLE_CHANGES, type Query } from "../../components/dashboards/dashboard";
import { pollUntil } from "../../drills/hosts/bounded";
import { FedPrometheus } from "../support/fed-prometheus";
import { pairTargets } from "../support/pair-expositions";
import { temporaryFolder } from "../support/temporary-folder";

/** Panels that have nothing on a pair without what they show. */
const WITHOUT_DATA: Readonly<Record<string, string>> = {
  "Jobs of TimescaleDB at work": "the recorded PostgreSQL has no such extension",
};
/** What Grafana puts in before it asks. */
const PUT_IN: readonly (readonly [string, string])[] = [
  ["$__rate_interval", "20s"],
  ["$drill", "20261130t030000z"],
];

function asked({ ask }: Query): string {
  return PUT_IN.reduce((text, [name, value]) => text.replaceAll(name, value), ask);
}

describe("the dashboards' queries, by a real Prometheus with what agents and exporters say", function () {
  this.timeout(90_000);
  this.slow(20_000);
  const folder = temporaryFolder();
  let prometheus: FedPrometheus | undefined;
  let exchanged = false;
  const query = (text: string): Promise<readonly unknown[]> =>
    prometheus?.query(text) ?? Promise.reject(new Error("none"));

  /** A machine that is busy is late with a scrape, and a series without its newest one is none. */
  const untilData = async (text: string): Promise<readonly unknown[]> =>
    (
      await pollUntil(
        () => query(text),
        (found) => found.length > 0,
        { deadlineMs: 8000, pauseMs: 250 },
      )
    ).reading;

  before(async () => {
    prometheus = await FedPrometheus.start(
      folder(),
      pairTargets(() => exchanged),
    );
    // Every target three times at least: rates need two.
    const scraped = "min(sum_over_time(up[1m]))";
    const { reached } = await pollUntil(
      () => query(`${scraped} >= 3 and count(up) >= 11`).catch(() => []),
      (found) => found.length > 0,
      { deadlineMs: 45_000, pauseMs: 250 },
    );
    expect(reached, "everything was scraped").to.equal(true);
  });
  after(() => prometheus?.stop());

  for (const { title, panels } of DASHBOARDS) {
    it(`${title}: each is understood, and has data`, async () => {
      for (const panel of panels) {
        const ours = panel.queries.filter(({ source = "prometheus" }) => source === "prometheus");
        const wanted = WITHOUT_DATA[panel.title] === undefined;
        const answers = await Promise.all(ours.map((one) => (wanted ? untilData(asked(one)) : query(asked(one)))));
        if (ours.length === 0) continue;
        const counts = answers.map((one) => one.length);
        if (WITHOUT_DATA[panel.title] === undefined) expect(Math.min(...counts), panel.title).to.be.greaterThan(0);
        else expect(counts, WITHOUT_DATA[panel.title]).to.deep.equal([0]);
      }
    });
  }

  it("marks a change of roles, of the host that became primary alone", async () => {
    expect(await query(ROLE_CHANGES)).to.deep.equal([]);
    exchanged = true;
    await pollUntil(
      () => query(ROLE_CHANGES),
      (found) => found.length === 2,
      { deadlineMs: 20_000, pauseMs: 250 },
    );
    const changed = (await prometheus?.query(ROLE_CHANGES)) ?? [];
    expect(changed.map(({ metric }) => `${metric["store"] ?? ""} ${metric["host"] ?? ""}`).sort()).to.deep.equal([
      "redis host-b",
      "timescaledb host-b",
    ]);
  });

  it("would fail with a query that is none, and with one of a metric that nobody has", async () => {
    expect(await query("understudy_no_such_metric")).to.deep.equal([]);
    const refusal = await query("sum by (").then(
      () => "taken",
      () => "refused",
    );
    expect(refusal).to.equal("refused");
  });
});
