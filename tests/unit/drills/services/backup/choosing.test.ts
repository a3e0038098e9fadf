import { expect } from "chai";
import { whyNot } from "../../../../../drills/services/backup/backup-now";
import { backupChecks } from "../../../../../drills/services/backup/check-backups";
import { chooseBackup, isOfTheFuture, parseBackups, type Backup } from "../../../../../drills/services/backup/backups";
import { parseStatus } from "../../../../../drills/services/backup/backup-status";
import { isBackupCheck, nextAfter } from "../../../../../drills/services/backup/next-command";
import { planRestore } from "../../../../../drills/services/backup/plan-restore";
import {
  chooseBase,
  parseRecoveryTarget,
  recoverySettings,
} from "../../../../../drills/services/backup/recovery-target";
import { clockOff, readingProblem, type BackupState } from "../../../../../drills/services/backup/read-backup-state";
import { parseLsn } from "../../../../../evidence/lsn";
import { UserError } from "../../../../../settings/user-error";
import { SERVICE_NAMES } from "../../../../../settings/services";
import { sampleEnvironment } from "../../../components/sample";

const SEGMENT = "000000010000000000000002";
const snapshot = (service: string, time: string, id: string, tags: readonly string[] = []): object => ({
  id,
  time,
  hostname: "host-a",
  tags: [service, "bytes:7", ...tags],
});
const BASE = ["start:0/800028", "end:0/800100", "timeline:1", `wal:${SEGMENT}`, "system:77"];
const BACKUPS: readonly Backup[] = parseBackups(
  JSON.stringify([
    ...SERVICE_NAMES.map((one) =>
      snapshot(one, "2026-11-25T03:00:00.5Z", `new-${one}`, one === "timescaledb" ? BASE : []),
    ),
    snapshot("redis", "2026-11-25T02:00:00Z", "old-redis"),
    snapshot("wal", "2026-11-25T02:00:00Z", "log"),
  ]),
);
const NOW = Date.parse("2026-11-25T03:10:00Z");
const environment = sampleEnvironment(2, { backup: { image: "backup:1", memory_mib: 256 } });
const GOOD: BackupState = {
  host: "host-a",
  on: "host-b",
  backups: BACKUPS,
  log: [{ name: SEGMENT, bytes: 4 * 1024 * 1024 }],
  batches: [],
  currentLsn: parseLsn("0/900000"),
  integrity: "sound",
  freeBytes: 5e9,
  clockOffSeconds: 0,
  statuses: [],
  problem: null,
};
const failures = (state: BackupState): readonly string[] =>
  backupChecks(state, environment, NOW)
    .filter((one) => !one.ok)
    .map((one) => `${one.name}: ${String(one.measured)}`);

describe("the choice of a backup", () => {
  it("takes a backup's time from its tag where its data were read after restic had begun", () => {
    const [streamed] = parseBackups(
      JSON.stringify([snapshot("redis", "2026-11-25T02:00:00Z", "1", ["taken:1764040000"])]),
    );
    expect(streamed?.at).to.equal("2025-11-25T03:06:40.000Z");
  });

  it("knows services' backups, oldest first, and leaves out what is none", () => {
    expect(BACKUPS[0]).to.deep.include({ id: "old-redis", service: "redis", bytes: 7, base: null });
    expect(BACKUPS).to.have.length(SERVICE_NAMES.length + 1);
  });

  it("is the newest that is not newer than the time asked for, or none", () => {
    expect(chooseBackup(BACKUPS, "redis")?.id).to.equal("new-redis");
    expect(chooseBackup(BACKUPS, "redis", "2026-11-25T02:30:00.000Z")?.id).to.equal("old-redis");
    expect(chooseBackup(BACKUPS, "loki", "2026-11-25T02:30:00.000Z")).to.equal(undefined);
  });

  it("is not one of the future while there is another one, for any service", () => {
    const now = Date.parse("2026-11-25T03:10:00Z");
    const snapshots = [
      snapshot("redis", "2027-01-01T00:00:00Z", "ahead-redis"),
      snapshot("redis", "2026-11-25T03:00:00Z", "new-redis"),
      snapshot("redis", "2026-11-25T03:10:40Z", "newest-redis"),
      snapshot("timescaledb", "2027-01-01T00:00:00Z", "ahead-base", BASE),
      snapshot("timescaledb", "2026-11-25T03:00:00Z", "new-base", BASE),
      snapshot("loki", "2027-01-01T00:00:00Z", "ahead-loki"),
    ];
    const backups = parseBackups(JSON.stringify(snapshots), now);
    expect(chooseBackup(backups, "redis")?.id, "clocks may differ by a minute").to.equal("newest-redis");
    expect(chooseBase(backups, parseRecoveryTarget(undefined))?.id).to.equal("new-base");
    expect(chooseBackup(backups, "loki")?.id, "better than none").to.equal("ahead-loki");
    expect(isOfTheFuture(backups[0] as Backup, now)).to.equal(true);
  });

  it("takes a time with its zone, a position or a name, and nothing else", () => {
    expect(parseRecoveryTarget("2026-11-25T03:00:00Z").kind).to.equal("time");
    expect(parseRecoveryTarget("0/90000a")).to.deep.equal({ kind: "lsn", lsn: "0/90000A" });
    expect(parseRecoveryTarget("before-migration").kind).to.equal("name");
    for (const bad of ["2026-11-25T03:00:00", "2026-11-25", "a'; drop", ""]) {
      expect(() => parseRecoveryTarget(bad), bad).to.throw(UserError);
    }
    expect(recoverySettings(parseRecoveryTarget("0/90000A"))).to.include({ recovery_target_lsn: "0/90000A" });
    expect(recoverySettings(parseRecoveryTarget("2026-11-25T04:00:00+01:00")), "no abbreviation of a zone").to.include({
      recovery_target_time: "2026-11-25 03:00:00.000+00",
    });
  });

  it("begins a recovery with a base backup that is complete before its target", () => {
    expect(chooseBase(BACKUPS, parseRecoveryTarget("0/900000"))?.id).to.equal("new-timescaledb");
    expect(chooseBase(BACKUPS, parseRecoveryTarget("0/800050"))).to.equal(undefined);
  });

  it("refuses a restore whose write-ahead log has a gap, and a position for a service that has none", () => {
    const newest = parseRecoveryTarget(undefined);
    const { words, bytes } = planRestore(BACKUPS, "timescaledb", newest, `${SEGMENT} 4194304`);
    expect({ words, bytes }, "the room is that of the base backup and of the log").to.deep.equal({
      words: [SEGMENT],
      bytes: 7 + 4_194_304,
    });
    const position = planRestore(BACKUPS, "timescaledb", parseRecoveryTarget("0/900000"), `${SEGMENT} 4194304`);
    expect(position.words, "and what recovery to a position can want, a record of 1 GiB included").to.deep.equal([
      SEGMENT,
      "0000000000000104",
    ]);
    expect(() => planRestore(BACKUPS, "timescaledb", newest, "")).to.throw(`${SEGMENT} is missing`);
    expect(() => planRestore(BACKUPS, "redis", parseRecoveryTarget("0/900000"), "")).to.throw("only to a time");
  });
});

describe("the checks of backups before a drill", () => {
  it("hold for young backups, a whole log, a sound repository and room", () => {
    expect(failures(GOOD)).to.deep.equal([]);
  });

  it("name the service that is too old or has none, with its age and limit", () => {
    const loki = BACKUPS.filter((one) => one.service !== "loki");
    expect(failures({ ...GOOD, backups: loki })).to.deep.equal(["loki backup age, seconds: none yet"]);
    const later = backupChecks(GOOD, environment, NOW + 4 * 3_600_000).filter((one) => !one.ok);
    expect(later).to.have.length(SERVICE_NAMES.length);
    expect(later[0]?.limit).to.equal(180 * 60);
  });

  it("name the services whose backups need what is damaged", () => {
    const integrity = "pack abc: hash does not match\nin snapshot new-tempo\nin snapshot 0123";
    // Ids in the repository are hexadecimal: this one begins as the snapshot that restic names.
    const backups = BACKUPS.map((one) => (one.service === "tempo" ? { ...one, id: "0123abcd" } : one));
    expect(failures({ ...GOOD, backups, integrity })[0]).to.match(/^backup repository: backups of tempo: pack abc/);
  });

  it("do not hold for a log with a gap, an archive that is behind, or no room", () => {
    expect(failures({ ...GOOD, log: [] })).to.have.length(2);
    expect(failures({ ...GOOD, currentLsn: parseLsn("0/2000000") })[0]).to.match(/^timescaledb archive behind/);
    expect(failures({ ...GOOD, freeBytes: 1 })).to.deep.equal(["room for backups, MiB, at least: 0"]);
  });

  it("name the write-ahead log where what is damaged is a batch of it, and say when none goes into the repository", () => {
    const batches = [{ id: "0123abcd", line: "1", files: [] }];
    const integrity = "pack abc: hash does not match\nin snapshot 0123";
    expect(failures({ ...GOOD, batches, integrity })[0]).to.match(/: backups of the write-ahead log: pack abc/);
    const log = { host: "host-a", service: "log", result: "failed", at: 9, goodAt: null, reason: "restic: x" } as const;
    expect(failures({ ...GOOD, statuses: [log] })).to.deep.equal([
      "timescaledb write-ahead log goes into the repository: failed: restic: x",
    ]);
  });

  it("do not hold while the write-ahead log is not received for want of room", () => {
    const archive = {
      host: "host-a",
      service: "archive",
      result: "failed",
      at: 9,
      goodAt: null,
      reason: "no room on host-b",
    } as const;
    expect(failures({ ...GOOD, statuses: [archive] })).to.deep.equal([
      "timescaledb write-ahead log is received: failed: no room on host-b",
    ]);
  });

  it("do not take a backup from the future for a young one, nor a host whose clock is wrong for a judge of ages", () => {
    const early = backupChecks(GOOD, environment, Date.parse("2026-11-25T02:30:00Z")).filter((one) => !one.ok);
    expect(early).to.have.length(SERVICE_NAMES.length);
    expect(early[0]?.measured).to.match(/^its time 2026-11-25T03:00:00.500Z is 1800 s in the future/);
    for (const clockOffSeconds of [61, -61])
      expect(failures({ ...GOOD, clockOffSeconds })).to.deep.equal([
        `clock of the host that keeps the backups, seconds off: ${clockOffSeconds}`,
      ]);
  });

  it("are known by their names, so that a dry run sends its reader to them", () => {
    expect(backupChecks(GOOD, environment, NOW).filter((one) => !isBackupCheck(one.name))).to.deep.equal([]);
    for (const other of ["redis lag, events", "redis healthy", ""]) expect(isBackupCheck(other), other).to.equal(false);
  });

  it("each name a next command, with the service and the host", () => {
    const next = (state: BackupState): readonly string[] =>
      backupChecks(state, environment, NOW)
        .filter((one) => !one.ok)
        .map(nextAfter);
    const loki = BACKUPS.filter((one) => one.service !== "loki");
    expect(next({ ...GOOD, backups: loki })).to.deep.equal(["understudy backup now --host host-a --service loki"]);
    expect(next({ ...GOOD, freeBytes: 1 })[0]).to.include("docker system df on host-b");
    expect(next({ ...GOOD, integrity: "pack abc" })[0]).to.include("understudy backup restore --host host-a");
    expect(next({ ...GOOD, currentLsn: parseLsn("0/2000000") })[0]).to.include("--service timescaledb");
    expect(next({ ...GOOD, clockOffSeconds: 90 })).to.deep.equal(["understudy doctor"]);
  });

  it("do not hold, and say why, when nothing could be read", () => {
    const silent = {
      backups: null,
      log: null,
      currentLsn: null,
      integrity: null,
      freeBytes: null,
      clockOffSeconds: null,
      problem: "no answer",
    };
    expect(failures({ ...GOOD, ...silent }))
      .to.have.length(SERVICE_NAMES.length + 4)
      .and.to.include("redis backup age, seconds: no answer");
  });
});

describe("a clock that is read on another host", () => {
  it("is off by what is certain: less than the question took, and the part of a second, is nothing", () => {
    expect(clockOff(1000, 1_000_000, 1_003_000)).to.equal(0);
    expect(clockOff(1005, 1_000_000, 1_003_000)).to.equal(2);
    expect(clockOff(900, 1_000_000, 1_003_000)).to.equal(-99);
  });

  it("and what could not be read is told without the command that was tried", () => {
    const error = new Error(
      "understudy-backup: sh /understudy/ask.sh list exited 1: Fatal: wrong password or no key found",
    );
    expect(readingProblem(error, "host-a", "host-b")).to.equal(
      "the backups of host-a on host-b cannot be read: Fatal: wrong password or no key found",
    );
  });
});

describe("why a backup was not taken", () => {
  const about = { host: "host-a", service: "redis", target: "host-b" } as const;
  const said = (code: number, words: string): UserError =>
    whyNot(new Error(`understudy-backup: sh /understudy/ask.sh take redis exited ${code}: ${words}`), about);

  it("is the service, its host, the target and the reason, with the next command", () => {
    const error = said(
      1,
      "2026-11-25T03:00:00Z understudy: backup of redis of host-a failed: no room on host-b: 1 MiB",
    );
    expect(error.message).to.equal(
      "redis of host-a was not backed up to host-b: no room on host-b: 1 MiB; the backups before it are as they were",
    );
    expect([error.next, error.exitCode]).to.deep.equal([
      "understudy backup check; then understudy backup now --host host-a --service redis",
      1,
    ]);
  });

  it("is that it is not its time, which is no failure of a backup", () => {
    const error = said(75, "2026-11-25T03:00:00Z understudy: a backup of redis of host-a is being taken already");
    expect(error.message).to.equal(
      "no backup of redis of host-a was begun: a backup of redis of host-a is being taken already",
    );
    expect(error.exitCode).to.equal(3);
  });
});

describe("the status of backups", () => {
  it("is read with its reason; a service without attempt is not in it", () => {
    const said =
      "host-a.loki result=failed\nhost-a.loki at=5\nhost-a.loki reason=disk full\nhere free=9\nhere now=17\nhost-a.x result=ok\n";
    expect(parseStatus(said)).to.deep.equal({
      freeBytes: 9,
      now: 17,
      statuses: [{ host: "host-a", service: "loki", result: "failed", at: 5, goodAt: null, reason: "disk full" }],
    });
  });
});
