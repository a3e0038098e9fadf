import { expect } from "chai";
import { parseBackups } from "../../../../../drills/services/backup/backups";
import { lastBackups } from "../../../../../drills/services/backup/last-backups";
import type { BackupState } from "../../../../../drills/services/backup/read-backup-state";
import { sampleEnvironment } from "../../../components/sample";

const environment = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
const AT = "2026-11-25T03:00:00.000Z";
const STATE: BackupState = {
  ...{
    host: "host-a",
    on: "host-b",
    log: null,
    batches: null,
    currentLsn: null,
    integrity: null,
    freeBytes: null,
    problem: null,
  },
  clockOffSeconds: null,
  backups: parseBackups(JSON.stringify([{ id: "1f", time: AT, hostname: "host-a", tags: ["loki"] }])),
  statuses: [],
};
const of = (state: BackupState, service: string, hoursLater = 1) =>
  lastBackups([state], environment, Date.parse(AT) + hoursLater * 3_600_000).get(`host-a ${service}`);

describe("the last backup of a service, for status", () => {
  it("is its time, without a problem as long as it is young enough", () => {
    expect(of(STATE, "loki")).to.deep.equal({ finishedAt: AT, problem: null });
  });

  it("is a problem when it is too old, with age and limit, and when there is none", () => {
    expect(of(STATE, "loki", 4)?.problem).to.equal("14400 s old, at most 10800 s are allowed");
    expect(of(STATE, "redis")).to.deep.equal({ finishedAt: null, problem: "there is none yet" });
  });

  it("is a problem when its time is in the future", () => {
    expect(of(STATE, "loki", -1)?.problem).to.equal("its time is 3600 s in the future: a clock is, or was, wrong");
  });

  it("is a problem when a later attempt failed, for its reason, though the one before is good", () => {
    const failed = {
      host: "host-a",
      service: "loki",
      result: "failed",
      at: 9,
      goodAt: 1,
      reason: "disk full",
    } as const;
    expect(of({ ...STATE, statuses: [failed] }, "loki")).to.deep.equal({
      finishedAt: AT,
      problem: "the last attempt failed: disk full",
    });
  });

  it("of PostgreSQL is a problem, too, while its write-ahead log is not received", () => {
    const archive = {
      host: "host-a",
      service: "archive",
      result: "failed",
      at: 9,
      goodAt: null,
      reason: "no room on host-b",
    } as const;
    expect(of({ ...STATE, statuses: [archive] }, "timescaledb")?.problem).to.equal(
      "there is none yet; no room on host-b",
    );
    expect(of({ ...STATE, statuses: [archive] }, "loki")?.problem).to.equal(null);
  });

  it("is unknown, and says why, when nobody could be asked", () => {
    expect(of({ ...STATE, backups: null, problem: "no answer" }, "loki")).to.deep.equal({
      finishedAt: null,
      problem: "no answer",
    });
  });
});
