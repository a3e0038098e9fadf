import { expect } from "chai";
import { continuityChecks, describeContinuity } from "../../../../../drills/services/data-sync/describe";
import { countService } from "../../../../../evidence/service-counts";
import { plannedEvidence } from "../../../../support/valid-evidence";

const HOST = "host-b";

describe("what each service kept", () => {
  const { probe } = plannedEvidence();
  const none = { kind: "planned", probe, canary: null, carried: [] } as const;

  it("promises a planned swap more than an unplanned one", () => {
    const promises = (kind: "planned" | "unplanned") =>
      Object.fromEntries(describeContinuity({ ...none, kind }).services.map((one) => [one.service, one.promise]));
    expect(promises("planned")).to.include({ timescaledb: "sync", loki: "sync", prometheus: "mirrored" });
    expect(promises("unplanned")).to.include({ timescaledb: "async", loki: "backup", alertmanager: "mirrored" });
  });

  it("takes the stores' counts from the probe, and has none without", () => {
    const counted = (known: Parameters<typeof describeContinuity>[0]) =>
      describeContinuity(known).services.find((one) => one.service === "redis")?.counted;
    expect(counted(none)?.[0]?.counts.missing).to.equal(0);
    expect(counted({ ...none, probe: null })).to.deep.equal([]);
  });

  it("fails by service and unit what is missing, unknown, or there twice", () => {
    const canary = {
      ...{ startedAtMs: 1, finishedAtMs: 2, pagesWatchedMs: 1 },
      loki: [countService("log lines", "x", [1, 2, 3], [1, 3])],
      tempo: [countService("spans", "x", [1, 2], undefined)],
      grafana: [countService("dashboards", "x", [1], [1])],
      alertmanager: [countService("pages", "x", [1], [1, 1])],
      prometheus: [countService("scrapes", "loki on host-a", [1, 2, 3], [1, 3])],
    };
    const failed = continuityChecks(describeContinuity({ ...none, canary }), [], HOST).filter((one) => !one.ok);
    expect(failed.map(({ name, measured }) => [name, measured])).to.deep.equal([
      ["alertmanager pages duplicated", 1],
      ["loki log lines missing (x)", 1],
      ["tempo spans missing (x)", null],
      ["tempo spans duplicated", null],
    ]);
  });

  it("fails a carry-over by service, with its reason, and leaves it out of the evidence", () => {
    const carried = [{ service: "loki", failure: "host-b: no room" }] as const;
    const described = describeContinuity({ ...none, carried });
    expect(continuityChecks(described, carried, HOST)).to.deep.include({
      name: "loki data copied",
      host: HOST,
      measured: "host-b: no room",
      limit: true,
      ok: false,
    });
    expect(described.services.find((one) => one.service === "loki")?.carried).to.equal(null);
  });
});

describe("counting what was read back", () => {
  it("tells missing, repeated and unknown apart", () => {
    expect(countService("spans", "x", [1, 2, 3], [1, 2, 2]).counts).to.deep.equal({
      written: 3,
      found: 2,
      missing: 1,
      duplicated: 1,
    });
    expect(countService("spans", "x", [1], undefined).counts).to.deep.equal({
      written: 1,
      found: null,
      missing: null,
      duplicated: null,
    });
  });

  it("does not count what was found and never acknowledged as found", () => {
    expect(countService("spans", "x", [1, 2], [1, 2, 3]).counts).to.include({ found: 2, missing: 0 });
  });
});
