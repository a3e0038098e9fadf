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

  for (const [what, result, attempt, good] of [
    ["a good one of the future is none", "ok", -86_400, -86_400],
    ["a failed attempt of the future was long ago", "failed", -86_400, 300],
  ] as const) {
    it(`${what}: it is taken`, async () => {
      begin(result, attempt, good);
      const { reached } = await pollUntil(() => Promise.resolve(taken()), Boolean, { deadlineMs: 8000, pauseMs: 50 });
      expect(reached).to.equal(true);
    });
  }

  it("an order for new ones from the future is carried out once, and not for ever", async () => {
    writeFileSync(stage.at("backup/again"), `${Math.floor(Date.now() / 1000) + 86_400}\n`);
    begin("ok", 300, 300);
    const { reached } = await pollUntil(() => Promise.resolve(taken()), Boolean, { deadlineMs: 8000, pauseMs: 50 });
    expect(reached).to.equal(true);
    expect(Number(readFileSync(stage.at("backup/again"), "utf8"))).to.be.at.most(Date.now() / 1000);
  });

  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const uptime = (): number => Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ", 1)[0]));
  for (const [what, hold, held] of [
    ["of the machine's own run, whatever the clock says", () => `0 ${boot} ${uptime() + 60}`, true],
    ["that ended", () => `${Math.floor(Date.now() / 1000) + 60} ${boot} ${uptime() - 1}`, false],
    ["before the machine was restarted", () => `${Math.floor(Date.now() / 1000) + 60} other 5`, true],
    ["of an earlier version", () => String(Math.floor(Date.now() / 1000) + 60), true],
    ["of a clock that was a day ahead", () => String(Math.floor(Date.now() / 1000) + 86_400), false],
  ] as const) {
    it(`${held ? "none" : "one"} during a hold ${what}`, async () => {
      writeFileSync(stage.at("backup/hold"), `${hold()}\n`);
      begin("ok", 2 * HOUR, 2 * HOUR);
      await pollUntil(() => Promise.resolve(taken()), Boolean, { deadlineMs: held ? 1500 : 8000, pauseMs: 50 });
      expect(taken()).to.equal(!held);
    });
  }

  it("a good one is not taken again before its interval", async () => {
    begin("ok", 300, 300);
    await sleep(2000);
    expect(taken()).to.equal(false);
  });
});
