import { expect } from "chai";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

const inSeconds = (seconds: number): string => `${Math.floor(Date.now() / 1000) + seconds}\n`;

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of timescaledb under ${name}: a demotion in the running container`, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = formerPrimary(shell);
      stage.write("stage/peer", peerAnswer("standby", 3));
      stage.start();
      await stage.startsAs("primary");
      stage.remove("stage/peer");
    });
    afterEach(() => stage.close());

    /** What the drill's agent does: says that the stop is its own, and stops the server. */
    async function demote(seconds: number): Promise<void> {
      stage.write("data/understudy/demoting", inSeconds(seconds));
      stage.write("stage/exit-code", "0");
      await stage.until("demoted", () => stage.status().startsWith("demoted"));
    }

    it("awaits its instruction and starts nothing meanwhile", async () => {
      await demote(60);
      expect(stage.starts()).to.have.length(1);
      expect(stage.status()).to.equal("demoted stopped cleanly by a drill, its instruction is awaited");
    });

    it("follows when it is told to, without asking anybody", async () => {
      await demote(60);
      const asked = stage.calls("psql");
      stage.write("data/understudy/instruction", "follow\n");
      await stage.startsAs("standby", 2);
      expect(stage.calls("psql")).to.equal(asked);
      expect(stage.read("data/pgdata/standby.signal")).to.equal("");
      for (const used of ["instruction", "demoting"])
        expect(stage.read(`data/understudy/${used}`), used).to.equal(undefined);
    });

    it("is primary again when it is told to resume, also beside a silent peer, and only that once", async () => {
      await demote(60);
      stage.write("data/understudy/instruction", "resume\n");
      await stage.startsAs("primary", 2);
      for (const used of ["instruction", "demoting", "release"])
        expect(stage.read(`data/understudy/${used}`), used).to.equal(undefined);
    });

    it("does not take an unknown word for an instruction", async () => {
      await demote(60);
      stage.write("data/understudy/instruction", "promote\n");
      await stage.until("the word is taken", () => stage.read("data/understudy/instruction") === undefined);
      expect(stage.status()).to.match(/^demoted/);
      stage.write("data/understudy/instruction", "follow\n");
      await stage.startsAs("standby", 2);
    });

    it("decides as at any boot when no instruction comes in time: held while the peer is silent", async () => {
      await demote(0);
      await stage.until("held", () => stage.status().startsWith("held"));
      expect(stage.status()).to.include("host-b does not answer");
      expect(stage.starts()).to.have.length(1);
      expect(stage.read("data/understudy/demoting")).to.equal(undefined);
    });

    it("passes on the server's own end, so that the engine restarts the container", async () => {
      stage.write("stage/exit-code", "3");
      expect(await stage.ended()).to.equal(3);
      expect(stage.starts()).to.have.length(1);
    });

    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      it(`stops the server with SIGINT, a fast shutdown, on ${signal}, and waits for its end`, async () => {
        stage.signal(signal);
        expect(await stage.ended()).to.equal(0);
        expect(stage.read("stage/signals")).to.equal("SIGINT");
      });
    }

    it("ends on SIGTERM while it awaits its instruction, and starts nothing", async () => {
      await demote(60);
      stage.signal("SIGTERM");
      await stage.ended();
      expect(stage.starts()).to.have.length(1);
    });
  });

  describe(`the boot guard of timescaledb under ${name}: a container restarted`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
    });
    afterEach(() => stage.close());

    it("in the middle of a demotion awaits the instruction before anything else", async () => {
      stage.write("stage/peer", peerAnswer("standby", 3));
      stage.write("data/understudy/demoting", inSeconds(60));
      stage.start();
      await stage.until("demoted", () => stage.status().startsWith("demoted"));
      expect(stage.starts()).to.deep.equal([]);
      stage.write("data/understudy/instruction", "follow\n");
      await stage.startsAs("standby");
    });

    it("long after a demotion decides as at any boot", async () => {
      stage.write("data/understudy/demoting", inSeconds(-60));
      stage.start();
      await stage.isHeld(/does not answer/);
    });

    it("ends on SIGTERM while it is held, and starts nothing", async () => {
      stage.start();
      await stage.isHeld(/does not answer/);
      stage.signal("SIGTERM");
      expect(await stage.ended()).to.equal(0);
      expect(stage.starts()).to.deep.equal([]);
    });
  });
}
