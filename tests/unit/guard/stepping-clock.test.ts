import { spawn } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

/** A clock that is set while somebody waits: so many seconds off as the stage's file says. */
const DATE = `#!/bin/sh
off=$(cat "$STAGE/off" 2>/dev/null || echo 0)
case $* in *+%s*) echo $(($(/bin/date +%s) + off)) ;; *) exec /bin/date "$@" ;; esac
`;
const DAY = 86_400;
const BOOT = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const uptime = (): number => Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ", 1)[0]));
const epoch = (): number => Math.floor(Date.now() / 1000);

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of timescaledb under ${name}, while the clock is set`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
      stage.write("bin/date", DATE);
      chmodSync(stage.path("bin/date"), 0o755);
      stage.write("stage/peer", peerAnswer("standby", 3));
    });
    afterEach(() => stage.close());

    const demoting = (line: string): void => stage.write("data/understudy/demoting", `${line}\n`);
    async function stillWaits(): Promise<void> {
      await stage.until("demoted", () => stage.status().startsWith("demoted"));
      await sleep(300);
      expect(stage.status()).to.match(/^demoted/);
      expect(stage.starts()).to.deep.equal([]);
    }

    for (const off of [DAY, -DAY]) {
      it(`by ${off} s waits for its instruction as long as it is told`, async () => {
        demoting(`${epoch() + 60} ${BOOT} ${uptime() + 60}`);
        stage.write("stage/off", String(off));
        stage.start();
        await stillWaits();
      });

      it(`by ${off} s in the middle of the wait, waits on`, async () => {
        demoting(String(epoch() + 60));
        stage.start();
        await stage.until("demoted", () => stage.status().startsWith("demoted"));
        stage.write("stage/off", String(off));
        await stillWaits();
      });

      it(`by ${off} s decides by itself when the time is up`, async () => {
        demoting(`${epoch() - 5} ${BOOT} ${uptime() - 5}`);
        stage.write("stage/off", String(off));
        stage.start();
        await stage.startsAs("primary");
      });
    }

    it("waits anew after a restart of the machine, and not for ever for a time of a wrong clock", async () => {
      demoting(`${epoch() - DAY} another-boot 7`);
      stage.start();
      await stillWaits();
    });

    it("does not take what is no time for one", async () => {
      demoting("x y z");
      stage.start();
      await stage.startsAs("primary");
    });

    it("is told by the agent by the seconds that the machine has run", async () => {
      const agent = readFileSync(path.resolve(__dirname, "../../../configs/guard/postgres-agent.sh"), "utf8");
      stage.write("understudy/agent.sh", agent.replaceAll(". /understudy/", `. ${stage.path("understudy")}/`));
      // What stands in for the server; this process takes note of its end.
      const server = spawn("sleep", ["30"], { stdio: "ignore" });
      stage.write("data/pgdata/postmaster.pid", `${server.pid ?? 0}\n`);
      stage.write("stage/off", String(DAY));
      const [program = "sh", ...words] = shell;
      const running = spawn(program, [...words, stage.path("understudy/agent.sh")], {
        env: {
          PATH: `${stage.path("bin")}:${process.env["PATH"] ?? ""}`,
          STAGE: stage.path("stage"),
          PGDATA: stage.path("data/pgdata"),
        },
        stdio: ["pipe", "ignore", "ignore"],
      });
      const ended = new Promise((resolve) => running.on("close", resolve));
      running.stdin.end("demote 15 60\n");
      await ended;
      const [, boot, last] = (stage.read("data/understudy/demoting") ?? "").split(" ");
      expect(boot).to.equal(BOOT);
      expect(Number(last)).to.be.within(uptime() + 60, uptime() + 90);
    });
  });
}
