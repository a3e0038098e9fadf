import { expect } from "chai";
import { writeRecord, type DrillRecord } from "../../../../operator/drill/drill-record";
import { toldAlready } from "../../../../operator/notify/told-already";
import { temporaryFolder } from "../../../support/temporary-folder";

const NOW = new Date("2026-11-30T03:05:00.000Z");
const RECORD: DrillRecord = {
  ...{ version: 1, id: "d1", environment: "sample", execute: true, scheduled: true },
  ...{ startedAt: "2026-11-30T03:00:00.000Z", finishedAt: "2026-11-30T03:04:00.000Z", exitCode: 1, parts: [] },
  announced: [{ receiver: "chat", ok: true, detail: "answered 200" }],
};
const UNIT = "understudy-scheduled-drill.service";

describe("a unit that failed", () => {
  const folder = temporaryFolder();

  it("is told of unless it is a drill that has told everybody itself, a moment ago", async () => {
    const told = async (unit: string, record: Partial<DrillRecord> = {}): Promise<boolean> => {
      await writeRecord(folder(), { ...RECORD, ...record });
      return toldAlready(unit, folder(), NOW);
    };
    expect(await told(UNIT)).to.equal(true);
    expect(await told("understudy-backup-check.service"), "another unit").to.equal(false);
    expect(await told("understudy-dry-run.service"), "a dry run has its own record").to.equal(false);
    expect(await told(UNIT, { finishedAt: null, exitCode: null, announced: [] }), "killed").to.equal(false);
    expect(await told(UNIT, { announced: [] }), "nobody was told").to.equal(false);
    expect(await told(UNIT, { announced: [{ receiver: "chat", ok: false, detail: "gone" }] })).to.equal(false);
    expect(await told(UNIT, { finishedAt: "2026-11-30T02:00:00.000Z" }), "of an earlier run").to.equal(false);
    expect(await told(UNIT, { exitCode: 0 }), "that one was good").to.equal(false);
  });
});
