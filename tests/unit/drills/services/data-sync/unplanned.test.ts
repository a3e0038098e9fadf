import { expect } from "chai";
import { ownRecord, ownRestored } from "../../../../../drills/services/backup/own-proof";
import { countUnits } from "../../../../../drills/services/data-sync/carried-units";
import { continuedChecks, describeUnplanned } from "../../../../../drills/services/data-sync/describe-unplanned";
import { keepsOwnData, withOwnData } from "../../../../../drills/services/data-sync/from-backup";
import type { ServiceBackup } from "../../../../../evidence/continuity";
import { CARRIED_SERVICES } from "../../../../../settings/services";
import { unplannedEvidence } from "../../../../support/valid-evidence";

const HOST = "host-b";
const BEGUN = "2026-11-23T09:57:58.000Z";
const TAKEN = { at: "2026-11-23T09:58:00.000Z" };
const BACKUP: ServiceBackup = {
  ...{ id: "8c1f", takenAt: TAKEN.at, ageSeconds: 121, maxAgeSeconds: 3600, bytes: 4096 },
};

describe("what a promoted host continues with when the old primary is gone", () => {
  it("is the backup's database, unless its own is newer", () => {
    expect(keepsOwnData("grafana", TAKEN, null)).to.equal(undefined);
    expect(keepsOwnData("grafana", TAKEN, "2026-11-23T09:00:00.000Z")).to.equal(undefined);
    expect(keepsOwnData("grafana", TAKEN, "2026-11-23T09:58:01.000Z")).to.include("older than the host's own data");
  });

  it("is the backup's database where up to when its own goes is a time in the future", () => {
    const now = Date.parse("2026-11-23T10:00:00.000Z");
    expect(keepsOwnData("grafana", TAKEN, "2026-11-24T00:00:00.000Z", now)).to.equal(undefined);
    expect(keepsOwnData("grafana", TAKEN, "2026-11-23T09:59:00.000Z", now)).to.include("these are kept");
  });

  it("is both, where files have names of their own", () => {
    for (const service of ["loki", "tempo"] as const) {
      expect(keepsOwnData(service, TAKEN, "2026-11-24T00:00:00.000Z")).to.equal(undefined);
    }
  });

  it("is counted by what the backup has; what the host has besides is no part of it", () => {
    const counts = (found: readonly string[] | undefined) => countUnits("loki", ["a", "b", "c"], found).counts;
    expect(counts(["c", "a", "b", "own"])).to.deep.equal({ written: 3, found: 3, missing: 0, duplicated: 0 });
    expect(counts(["a", "own"])).to.include({ found: 1, missing: 2 });
    expect(counts(["a", "b", "c", "c"])).to.include({ missing: 0, duplicated: 1 });
    expect(counts(undefined)).to.include({ written: 3, found: null, missing: null });
  });

  it("is not checked, and said to be its own, where nothing is backed up", () => {
    const continued = CARRIED_SERVICES.map((service) => withOwnData(service, "no-backups", "nothing is backed up"));
    const { services } = describeUnplanned(
      { probe: unplannedEvidence().probe, scrapes: [] },
      { backups: {}, continued },
    );
    expect(continuedChecks({ backups: {}, continued }, HOST)).to.deep.equal([]);
    expect(services.find(({ service }) => service === "tempo")).to.deep.include({ carried: null, backup: null });
    expect(services.find(({ service }) => service === "tempo")?.notCarried?.detail).to.equal("nothing is backed up");
    expect(services.find(({ service }) => service === "prometheus")).to.deep.include({
      promise: "mirrored",
      counted: [],
    });
    expect(services.find(({ service }) => service === "timescaledb")?.counted[0]?.counts.missing).to.equal(2);
  });

  it("fails by service: none yet, a failure with its reason, too old, something missing", () => {
    const continued = [
      withOwnData("loki", "no-backup-yet", "host-a has no backup of loki"),
      withOwnData("tempo", "failed", "the backup is damaged"),
      {
        ...withOwnData("grafana", "failed", ""),
        notCarried: null,
        counted: [countUnits("grafana", ["a", "b"], ["a"])],
      },
    ];
    const backups = { tempo: BACKUP, grafana: { ...BACKUP, maxAgeSeconds: 60 } };
    const failed = continuedChecks({ backups, continued }, HOST).filter((one) => !one.ok);
    expect(failed.map(({ name, measured }) => [name, measured])).to.deep.equal([
      ["loki continues with its newest backup, restored", "host-a has no backup of loki"],
      ["tempo continues with its newest backup, restored", "the backup is damaged"],
      ["grafana backup age, seconds", 121],
      ["grafana dashboards missing (in the backup, by version)", 1],
    ]);
  });
});

describe("what a backup says of itself", () => {
  const line = (at: number): string => `${at}000000`;

  it("is the log line that was put in when it was begun", async () => {
    const at = Date.parse(BEGUN) - 10_000;
    const answering = (moment: number) => (path: string) =>
      Promise.resolve(
        path.includes("labels")
          ? '{"data":["job"]}'
          : JSON.stringify({ data: { result: [{ stream: { job: "x" }, values: [[line(moment), "backup begun"]] }] } }),
      );
    const backup = { begunAt: BEGUN, content: {} };
    expect(await ownRestored("loki", backup, answering(at))).to.deep.equal(ownRecord("loki", backup));
    expect(await ownRestored("loki", backup, answering(at - 1000))).not.to.deep.equal(ownRecord("loki", backup));
    expect(Object.values(await ownRestored("loki", { ...backup, begunAt: null }, answering(at)))).to.deep.equal([null]);
  });

  it("is the span of its trace, and nothing where it names none", async () => {
    const backup = { begunAt: BEGUN, content: { trace: "a1" } };
    const get = () => Promise.resolve('{"batches":[{"spanId":"7"}]}');
    expect(await ownRestored("tempo", backup, get)).to.deep.equal(ownRecord("tempo", backup));
    expect(await ownRestored("tempo", backup, () => Promise.resolve("null"))).not.to.deep.equal(
      ownRecord("tempo", backup),
    );
    expect(Object.values(await ownRestored("tempo", { ...backup, content: {} }, get))).to.deep.equal([null]);
  });
});
