import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

const MIB = 1024 * 1024;

/** What stands in for the programs that a backup of Redis needs; restic does what the file of its name says. */
const PROGRAMS = {
  "redis-cli": 'for file do last=$file; done; echo rdb >"$last"',
  "redis-check-rdb": "echo '[offset 0] 3 keys read'; echo '[offset 0] 1 expires'",
  curl: 'cat "$STAGE/peer"',
  restic: 'echo "$*" >>"$STAGE/calls"; . "$STAGE/restic"',
};
const TAKES = `echo '{"snapshot_id":"abc","data_added":7}'`;

describe("taking one backup", function () {
  this.timeout(30_000);
  this.slow(5000);
  const folder = temporaryFolder();
  let stage: BackupStage;
  let count = 0;

  beforeEach(() => {
    const limits = { UNDERSTUDY_MIN_FREE_BYTES: String(64 * MIB), UNDERSTUDY_SILENT_SECONDS: "1" };
    stage = backupStage(path.join(folder(), String((count += 1))), PROGRAMS, limits);
    peerHas(500 * MIB);
    writeFileSync(stage.at("restic"), TAKES);
  });

  const peerHas = (bytes: number): void => writeFileSync(stage.at("peer"), `understudy_backup_free_bytes ${bytes}\n`);
  const take = (): ReturnType<BackupStage["run"]> => stage.run("take.sh", "redis");
  const status = (): string => readFileSync(stage.at("backup/status/host-a.redis"), "utf8");
  const resticWasCalled = (): boolean => existsSync(stage.at("calls"));

  it("notes what was taken, with what was counted of it, and leaves nothing beside the repository", () => {
    expect(take()).to.include({ code: 0 });
    expect(status())
      .to.match(/^result=ok\n/)
      .and.include("snapshot=abc\n")
      .and.include("added=7\n");
    expect(readFileSync(stage.at("calls"), "utf8")).to.include("--tag content:lasting-keys=2");
    expect(readdirSync(stage.at("backup/staging"))).to.deep.equal([]);
  });

  it("is refused where the other host has no room, with what is free and what must be; nothing is written", () => {
    peerHas(3 * MIB);
    expect(take()).to.include({ code: 1 });
    expect(status()).to.include("result=failed");
    expect(status()).to.include(
      "reason=no room on host-b: 3 MiB are free for backups, at least 64 MiB must be; nothing was written there\n",
    );
    expect(resticWasCalled()).to.equal(false);
  });

  it("is refused where the other host does not answer, with its address", () => {
    rmSync(stage.at("peer"));
    expect(take()).to.include({ code: 1 });
    expect(status()).to.match(/reason=host-b does not answer at 10\.0\.0\.2:9121: \S/);
    expect(resticWasCalled()).to.equal(false);
  });

  it("is given up when the other host falls silent in the middle", () => {
    writeFileSync(stage.at("restic"), 'rm "$STAGE/peer"; exec sleep 60');
    expect(take()).to.include({ code: 1 });
    expect(status()).to.match(/reason=restic: host-b has not answered for 1 s in the middle of the backup: given up/);
  });

  it("tells restic's reason, and keeps when the last good one was begun", () => {
    take();
    const [good] = /^good_at=\d+$/m.exec(status()) ?? [];
    writeFileSync(stage.at("restic"), "echo 'Fatal: wrong password or no key found' >&2; exit 1");
    expect(take()).to.include({ code: 1 });
    expect(status()).to.include("reason=restic: Fatal: wrong password or no key found (host-b has room)\n");
    expect(status()).to.include(`${good ?? "none"}\n`);
  });

  it("says first that there is no room any more, where that went in the middle", () => {
    writeFileSync(
      stage.at("restic"),
      `echo 'understudy_backup_free_bytes 7' >"$STAGE/peer"; echo 'Save: 500' >&2; exit 1`,
    );
    expect(take()).to.include({ code: 1 });
    expect(status()).to.include(
      "reason=no room on host-b: 0 MiB are free for backups, at least 64 MiB must be; restic: Save: 500\n",
    );
  });

  it("is not begun beside another one of the same service, which goes on", async () => {
    writeFileSync(stage.at("restic"), `until [ -e "$STAGE/go" ]; do sleep 0.1; done; ${TAKES}`);
    const first = spawn("sh", [stage.at("bin/take.sh"), "redis"], { env: stage.variables, stdio: "ignore" });
    const ended = new Promise((resolve) => first.on("close", resolve));
    while (!resticWasCalled()) await sleep(50);
    const second = take();
    expect(second.code).to.equal(75);
    expect(second.err).to.include("a backup of redis of host-a is being taken already");
    writeFileSync(stage.at("go"), "");
    expect(await ended).to.equal(0);
    expect(status()).to.include("result=ok");
  });

  it("is noted in memory where the disk cannot note it, and read from there", () => {
    // A file in the folder's place: nothing can be written there.
    writeFileSync(stage.at("backup/status"), "");
    peerHas(1);
    expect(take()).to.include({ code: 1 });
    expect(readFileSync(stage.at("run/status/host-a.redis"), "utf8")).to.include("result=failed");
    const asked = stage.run("ask.sh", "last", "redis");
    expect(asked.out).to.include("reason=no room on host-b");
  });
});
