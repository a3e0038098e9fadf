import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { releaseIfHeld } from "../../../operator/release/release-stores";
import { runShell } from "../../support/run-shell";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, Stage } from "./stage";

function formerRedis(shell: readonly string[]): Stage {
  const stage = new Stage("redis-guard.sh", shell);
  stage.write("understudy/files/current/redis", "hush\n");
  stage.write("understudy/files/current/redis.conf", 'replica-announce-ip "203.0.113.1"\n');
  stage.write("data/understudy/redis.conf", "include redis.conf\n");
  stage.write("data/understudy/paired");
  stage.write("data/appendonlydir/base");
  return stage;
}

const STORES = [
  ["timescaledb", formerPrimary, peerAnswer("standby", 3)],
  ["redis", formerRedis, "role:slave\nmaster_host:203.0.113.1\n"],
] as const;

for (const [name, ...shell] of SHELLS) {
  for (const [store, former, standby] of STORES) {
    describe(`a release of ${store} under ${name}`, () => {
      let stage: Stage;
      beforeEach(() => {
        stage = former(shell);
      });
      afterEach(() => stage.close());

      it("is one boot's alone where several begin at once", async () => {
        stage.write("data/understudy/release");
        for (let boot = 0; boot < 4; boot += 1) stage.start();
        await stage.until("a start", () => stage.starts().length > 0);
        await sleep(1500);
        expect(stage.starts()).to.have.length(1);
      });

      it("is not there for the next boot, when the server ends at once", async () => {
        stage.write("data/understudy/release");
        stage.start();
        await stage.startsAs("primary");
        stage.write("stage/exit-code", "1");
        expect(await stage.ended()).to.equal(1);
        stage.start();
        await stage.until("held", () => stage.status().startsWith("held"));
        expect(stage.starts()).to.have.length(1);
      });

      it("is not kept by a boot that had no need of it", async () => {
        stage.write("stage/peer", standby);
        stage.remove("data/understudy/paired");
        stage.write("data/understudy/release");
        stage.start();
        await stage.startsAs("primary");
        await stage.until("it is gone", () => stage.read("data/understudy/release") === undefined);
      });

      it("that was taken by a boot which died before it started anything lets nobody start", async () => {
        stage.write("data/understudy/release.taken");
        stage.start();
        await stage.isHeld(/does not answer/);
      });

      it("leaves the fence where it is until the boot that used it takes it away", async () => {
        stage.write("data/understudy/fenced", "d-7 2026-11-24T03:00:00Z\n");
        stage.start();
        await stage.isHeld(/fenced/);
        const state = stage.path("data/understudy");
        expect(runShell(stage.folder, releaseIfHeld(state)).out).to.equal("released\n");
        await stage.startsAs("primary");
        await stage.until("all is gone", () => !readdirSync(state).some((one) => /^(release|fenced)/.test(one)));
      });
    });
  }
}

describe("the word of an operator that a store may start", () => {
  let state: string;
  beforeEach(() => (state = mkdtempSync(path.join(tmpdir(), "release-"))));
  afterEach(() => rmSync(state, { recursive: true }));

  it("is not left for a store that is not held, or that stops being held meanwhile", () => {
    writeFileSync(path.join(state, "status"), "primary\n");
    expect(runShell(state, releaseIfHeld(state)).out).to.equal("not held\n");
    writeFileSync(path.join(state, "status"), "held x\n");
    mkdirSync(path.join(state, "bin"));
    // The guard decides by itself between the two looks.
    const once = `grep() { if [ -e "${state}/looked" ]; then return 1; fi; : >"${state}/looked"; }\n`;
    expect(runShell(state, once + releaseIfHeld(state)).out).to.equal("not held\n");
    expect(readdirSync(state)).to.not.include("release");
  });

  it("is not left for a store that has no data to start from: it would begin with empty ones at a later boot", () => {
    writeFileSync(path.join(state, "status"), "held empty, and the data of this pair are lost here\n");
    expect(runShell(state, releaseIfHeld(state)).out).to.equal("no data\n");
    expect(readdirSync(state)).to.not.include("release");
  });

  it("was used when the guard has taken it meanwhile", () => {
    writeFileSync(path.join(state, "status"), "held x\n");
    const used = `grep() { if [ -e "${state}/looked" ]; then rm "${state}/release"; return 1; fi; : >"${state}/looked"; }\n`;
    expect(runShell(state, used + releaseIfHeld(state)).out).to.equal("released\n");
  });
});

describe("a file of the boot guard that one alone may take", function () {
  this.timeout(20_000);
  for (const [name, program = "sh", ...words] of SHELLS) {
    it(`is taken by one of many, under ${name}`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "take-"));
      try {
        mkdirSync(path.join(folder, "understudy"));
        writeFileSync(path.join(folder, "understudy/release"), "");
        const common = path.resolve(__dirname, "../../../configs/guard/postgres-common.sh");
        const script = `. "${common}"; until [ -e "${folder}/go" ]; do :; done; take release >/dev/null && echo used >>"${folder}/used-$$"; exit 0`;
        const takers = Array.from({ length: 12 }, () => {
          const child = spawn(program, [...words, "-c", script], {
            env: { PATH: process.env["PATH"], PGDATA: path.join(folder, "pgdata") },
            stdio: "ignore",
          });
          return new Promise((resolve) => child.on("close", resolve));
        });
        await sleep(200);
        writeFileSync(path.join(folder, "go"), "");
        await Promise.all(takers);
        expect(readdirSync(folder).filter((one) => one.startsWith("used-"))).to.have.length(1);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
