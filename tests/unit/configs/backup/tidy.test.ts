import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

/** restic notes how it was called, lists what the stage says, and does what the stage says for retention. */
const RESTIC = `echo "$*" >>"$STAGE/calls"
case $* in
  *snapshots*) cat "$STAGE/snapshots" ;;
  *forget*) . "$STAGE/forget" ;;
  *check*) . "$STAGE/check" ;;
esac`;
const NAMES = ["000000010000000000000003", "000000010000000000000005", "000000020000000000000006.partial"] as const;

describe("retention of what lies here of the other host", () => {
  const folder = temporaryFolder();
  let stage: BackupStage;
  let count = 0;

  beforeEach(() => {
    const limits = { UNDERSTUDY_KEEP_LAST: "3", UNDERSTUDY_KEEP_DAYS: "5", UNDERSTUDY_TIDY_SECONDS: "3600" };
    stage = backupStage(path.join(folder(), String((count += 1))), { restic: RESTIC }, limits);
    for (const one of ["backup/repository/host-b", "backup/wal/host-b", "backup/status", "run"])
      mkdirSync(stage.at(one), { recursive: true });
    for (const one of ["backup/repository/host-b/config", "forget", "check", "snapshots"])
      writeFileSync(stage.at(one), "");
    for (const one of NAMES) writeFileSync(stage.at("backup/wal/host-b", one), "");
  });

  const tidy = (): number | null => stage.run("tidy.sh").code;
  const calls = (): string => readFileSync(stage.at("calls"), "utf8");
  const status = (): string => readFileSync(stage.at("backup/status/host-b.repository"), "utf8");

  it("keeps by count and by time, then reads everything back, and notes that it is sound", () => {
    expect(tidy()).to.equal(0);
    const kept = "forget --host host-b --keep-last 3 --keep-within 5d";
    expect(calls()).to.include(`${kept} --tag timescaledb --group-by host\n`);
    expect(calls()).to.include(`${kept} --group-by host,paths --prune\n`);
    expect(calls()).to.match(/check --read-data\n/);
    expect(status()).to.match(/^result=ok\n/);
  });

  it("keeps the write-ahead log from the oldest base backup on, across timelines, and all of it without one", () => {
    tidy();
    expect(readdirSync(stage.at("backup/wal/host-b"))).to.have.length(NAMES.length);
    rmSync(stage.at("backup/status/host-b.repository"));
    const tags = ["timescaledb", "wal:000000010000000000000005"];
    writeFileSync(stage.at("snapshots"), JSON.stringify([{ tags }]));
    tidy();
    expect(readdirSync(stage.at("backup/wal/host-b"))).to.deep.equal(NAMES.slice(1));
  });

  it("prunes nothing beside a backup of the future, says so, and reads everything back all the same", () => {
    const times = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 86_400_000)].map((one) => one.toISOString());
    writeFileSync(stage.at("snapshots"), JSON.stringify(times.map((time) => ({ time, tags: ["redis"] }))));
    expect(tidy()).to.equal(0);
    expect(calls()).to.not.include("forget");
    expect(calls()).to.match(/check --read-data\n/);
    expect(status())
      .to.match(/^result=ok\n/)
      .and.include("reason=no backup is pruned: one has the time ")
      .and.include(times[1]);
  });

  it("is due where its last time is in the future", () => {
    const ahead = Math.floor(Date.now() / 1000) + 86_400;
    writeFileSync(stage.at("backup/status/host-b.repository"), `result=ok\nat=${ahead}\n`);
    writeFileSync(stage.at("run/tidy.busy"), `${ahead}\n`);
    tidy();
    expect(calls()).to.include("forget");
  });

  it("goes through many files of the log without a process for each", function () {
    this.timeout(30_000);
    for (let one = 0; one < 20_000; one += 1) {
      const name = one.toString(16).toUpperCase().padStart(8, "0");
      writeFileSync(stage.at("backup/wal/host-b", `0000000100000001${name}`), "");
    }
    writeFileSync(stage.at("snapshots"), JSON.stringify([{ tags: ["timescaledb", "wal:000000010000000100004E1F"] }]));
    tidy();
    expect(readdirSync(stage.at("backup/wal/host-b"))).to.deep.equal(["000000010000000100004E1F", NAMES[2]]);
  });

  it("forgets the batches of the log that no base backup needs, in one call, and of a former log when its folder is gone", () => {
    const [line, former, gone] = ["1234567812345678", "12e4567812345678", "feedfeedfeedfeed"];
    const batch = (id: string, of: string, to: string, time = "2020-01-01T00:00:00Z"): object => ({
      time,
      tags: ["log", `line:${of}`, `from:${to}`, `to:${to}`, "bytes:16777216"],
      id: id.repeat(64),
    });
    const base = { tags: ["timescaledb", "wal:0000000100000001000000E1"] };
    const batches = [
      batch("1", line, "00000001000000E0"),
      batch("2", line, "00000001000000E1"),
      batch("3", line, "0000000100000010"),
      batch("4", former, "0000000000000001"),
      batch("5", gone, "0000000000000001"),
      batch("6", gone, "0000000000000001", new Date().toISOString()),
    ];
    writeFileSync(stage.at("snapshots"), JSON.stringify([...batches, base]));
    const forgotten = (): readonly string[] => {
      rmSync(stage.at("calls"), { force: true });
      rmSync(stage.at("backup/status/host-b.repository"), { force: true });
      expect(tidy()).to.equal(0);
      return calls()
        .split("\n")
        .flatMap((call) => /forget ((?:[0-9a-f]{64} ?)+)$/.exec(call)?.[1] ?? [])
        .map((ids) => ids.replaceAll(/(.)\1{63}/g, "$1"));
    };
    expect(forgotten(), "of which log it is is not known").to.deep.equal([]);
    writeFileSync(stage.at("backup/wal/host-b/line"), line);
    mkdirSync(stage.at("backup/wal/host-b.until-20261130T000000Z"));
    writeFileSync(stage.at("backup/wal/host-b.until-20261130T000000Z/line"), former);
    expect(forgotten()).to.deep.equal(["1 3 5"]);
    writeFileSync(stage.at("snapshots"), JSON.stringify(batches));
    expect(forgotten(), "without a base backup").to.deep.equal(["5"]);
  });

  it("is done again only when it is due, and a failed one sooner", () => {
    const seconds = Math.floor(Date.now() / 1000);
    const noted = (text: string): void => writeFileSync(stage.at("backup/status/host-b.repository"), text);
    noted(`result=ok\nat=${seconds - 700}\n`);
    tidy();
    expect(existsSync(stage.at("calls")), "good, 700 s ago").to.equal(false);
    noted(`result=failed\nat=${seconds - 700}\n`);
    tidy();
    expect(calls(), "failed, 700 s ago").to.include("forget");
  });

  for (const one of ["forget", "check"]) {
    it(`waits, and calls nothing wrong, where a backup is being written when it comes to ${one}`, () => {
      writeFileSync(stage.at(one), "echo 'repository is already locked by PID 7' >&2; exit 1");
      expect(tidy()).to.equal(0);
      expect(existsSync(stage.at("backup/status/host-b.repository"))).to.equal(false);
    });
  }

  it("tells what is wrong with the repository, in one line", () => {
    writeFileSync(stage.at("forget"), "echo 'Fatal: unable to read pack' >&2; exit 1");
    tidy();
    expect(status())
      .to.match(/^result=failed\n/)
      .and.include("reason=Fatal: unable to read pack\n");
  });
});
