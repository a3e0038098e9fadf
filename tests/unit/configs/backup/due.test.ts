import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { pollUntil } from "../../../../drills/hosts/bounded";
import { backupStage, type BackupStage } from "../../../support/backup-stage";
import { temporaryFolder } from "../../../support/temporary-folder";

/** The container's service with nothing but its choice of what is due: taking a backup of Redis fails, and is noted. */
const PROGRAMS = {
  ...{ restic: "exit 1", openssl: "echo hidden", curl: "exit 7", psql: "exit 1", pg_receivewal: "exec sleep 60" },
  ...{ rclone: "exec sleep 60", busybox: "exec sleep 60", flock: 'echo "$*" >>"$STAGE/taken"; exit 1' },
};
const HOUR = 3600;

describe("when a backup is due", function () {
  this.timeout(20_000);
  this.slow(6000);
  const folder = temporaryFolder();
  let stage: BackupStage;
  let service: ChildProcess | undefined;
  let count = 0;

  beforeEach(() => {
    stage = backupStage(`${folder()}/${(count += 1)}`, PROGRAMS, { UNDERSTUDY_INTERVALS: `redis=${HOUR}` });
    mkdirSync(stage.at("backup/status"), { recursive: true });
  });
  afterEach(async () => {
    if (service?.pid === undefined) return;
    const ended = new Promise((resolve) => service?.on("close", resolve));
    service.kill("SIGTERM");
    await ended;
    // In its container what it began ends with it; here, with its process group.
    process.kill(-service.pid, "SIGKILL");
  });

  /** Notes how the last attempt ended, and begins. */
  function begin(result: "ok" | "failed", attemptSecondsAgo: number, goodSecondsAgo: number): void {
    const now = Math.floor(Date.now() / 1000);
    const lines = [`result=${result}`, `at=${now - attemptSecondsAgo}`, `good_at=${now - goodSecondsAgo}`];
    writeFileSync(stage.at("backup/status/host-a.redis"), `${lines.join("\n")}\n`);
    service = spawn("sh", [stage.at("bin/service.sh")], { env: stage.variables, stdio: "ignore", detached: true });
  }

  const taken = (): boolean =>
    existsSync(stage.at("taken")) && readFileSync(stage.at("taken"), "utf8").includes("-n 9");

  it("a failed one is taken again after a minute, however young the one before it", async () => {
    begin("failed", 61, 300);
    const { reached } = await pollUntil(
      () => Promise.resolve(taken()),
      (is) => is,
      { deadlineMs: 8000, pauseMs: 50 },
    );
    expect(reached).to.equal(true);
  });

  it("not within that minute", async () => {
    begin("failed", 5, 300);
    await sleep(2000);
    expect(taken()).to.equal(false);
  });

  it("a good one is not taken again before its interval", async () => {
    begin("ok", 300, 300);
    await sleep(2000);
    expect(taken()).to.equal(false);
  });
});
