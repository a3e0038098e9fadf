import { expect } from "chai";
import { readdirSync } from "node:fs";
import { emptyPostgres, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of timescaledb under ${name}: an empty data directory`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = emptyPostgres(shell);
    });
    afterEach(() => stage.close());

    it("is held until the first up says what it becomes", async () => {
      stage.write("stage/peer", peerAnswer("primary", 1));
      stage.start();
      await stage.isHeld(/empty data directory; the first 'pulumi up' of this stack says what it becomes/);
      stage.remove("stage/peer");
      stage.write("data/understudy/init", "primary\n");
      await stage.startsAs("primary");
    });

    it("becomes the primary it is told to be when no peer answers, once", async () => {
      stage.write("data/understudy/init", "primary\n");
      stage.start();
      await stage.startsAs("primary");
      expect(stage.read("data/understudy/init"), "the word is used up").to.equal(undefined);
      expect(stage.starts()[0]).to.match(/^postgres -c config_file=/);
    });

    for (const role of ["primary", "standby"] as const) {
      it(`never starts empty as primary while the peer has data as ${role}`, async () => {
        stage.write("data/understudy/init", "primary\n");
        stage.write("stage/peer", peerAnswer(role, 1));
        stage.start();
        await stage.isHeld(new RegExp(`empty data directory, and host-b already has data as ${role}`));
        expect(stage.read("data/understudy/init")).to.equal("primary");
      });
    }

    it("never starts empty as primary beside a peer that answers and does not say what it is", async () => {
      stage.write("data/understudy/init", "primary\n");
      stage.write("stage/listens", "0");
      stage.start();
      await stage.isHeld(/empty data directory, and host-b answers and does not say what it is/);
      expect(stage.read("data/understudy/init")).to.equal("primary");
      stage.remove("stage/listens");
      await stage.startsAs("primary");
    });

    it("becomes a primary that stands alone without asking", async () => {
      stage.write("data/understudy/init", "primary\n");
      stage.write("stage/peer", peerAnswer("primary", 1));
      stage.start({ UNDERSTUDY_PEER_ADDRESS: "", UNDERSTUDY_PEER_HOST: "" });
      await stage.startsAs("primary");
    });

    it("becomes a standby by a clone of the peer, and knows from then on that it is one of two", async () => {
      stage.write("data/understudy/init", "standby\n");
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/pgdata/origin")).to.equal("cloned");
      expect(stage.read("data/pgdata/standby.signal")).to.equal("");
      expect(stage.read("data/understudy/paired")).to.equal("");
      const aside = readdirSync(stage.path("data/understudy/salvage"));
      expect(aside, "what lay in the folder without a version").to.have.length(1);
      expect(stage.read(`data/understudy/salvage/${aside[0] ?? ""}/pgdata/.keep`)).to.equal("");
      expect(stage.read("data/understudy/init")).to.equal(undefined);
      expect(stage.read("stage/calls")).to.match(/pg_basebackup .*--slot=understudy_host_a/);
    });

    it("is held after a clone that failed, and tries again", async () => {
      stage.write("data/understudy/init", "standby\n");
      stage.write("stage/clone-fails");
      stage.start();
      await stage.isHeld(/the clone from host-b failed/);
      expect(stage.read("data/understudy/init")).to.equal("standby");
      stage.remove("stage/clone-fails");
      await stage.startsAs("standby");
    });
  });
}
