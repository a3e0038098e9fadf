import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseStatus } from "../../../../drills/services/backup/backup-status";
import { parseLogFiles } from "../../../../drills/services/backup/wal-archive";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

const SEGMENT = "00000001000000000000000A";

describe("what a drill asks of the backup container, at once", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;

  before(() => {
    stage = backupStage(path.join(folder(), "ask"), {});
    for (const one of ["backup/status", "backup/wal/host-b", "run/status"])
      mkdirSync(stage.at(one), { recursive: true });
    writeFileSync(stage.at("backup/status/host-a.redis"), "result=ok\nat=20\ngood_at=10\n");
    writeFileSync(stage.at("backup/status/host-b.timescaledb"), "result=ok\nat=20\ngood_at=10\n");
    writeFileSync(stage.at("run/status/host-b.timescaledb"), "result=failed\nat=30\ngood_at=10\nreason=no 5 of 7\n");
    writeFileSync(stage.at("backup/wal/host-b", SEGMENT), "12345");
  });

  it("is how the last attempts ended, from memory where the disk could not note it, and the clock and the room", () => {
    const { code, out, err } = stage.run("ask.sh", "status");
    expect(code, err).to.equal(0);
    const { statuses, freeBytes, now } = parseStatus(out);
    expect(statuses).to.deep.equal([
      { host: "host-a", service: "redis", result: "ok", at: 20, goodAt: 10, reason: null },
      { host: "host-b", service: "timescaledb", result: "failed", at: 30, goodAt: 10, reason: "no 5 of 7" },
    ]);
    expect(freeBytes).to.be.greaterThan(0);
    expect(now).to.be.closeTo(Date.now() / 1000, 5);
  });

  it("is the archived log as well, nothing else being taken for a part of it", () => {
    expect(parseLogFiles(stage.run("ask.sh", "status").out)).to.deep.equal([{ name: SEGMENT, bytes: 5 }]);
  });

  it("is told where there is no archive and no attempt yet", () => {
    for (const one of ["backup/status", "backup/wal", "run/status"]) rmSync(stage.at(one), { recursive: true });
    const { code, out } = stage.run("ask.sh", "status");
    expect(code).to.equal(0);
    expect(parseStatus(out).statuses).to.deep.equal([]);
    expect(parseLogFiles(out)).to.deep.equal([]);
  });
});
