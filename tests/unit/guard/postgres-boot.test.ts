import { expect } from "chai";
import { formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, type Stage } from "./stage";

const NO_REWIND = "pg_rewind: no rewind required\n";
const DIVERGED = "pg_rewind: servers diverged at WAL location 0/5000000 on timeline 3\npg_rewind: Done!\n";

interface Row {
  readonly peer: string;
  readonly answer: string | undefined;
  readonly rewind?: string;
  readonly becomes: "primary" | "standby" | RegExp;
}

const ROWS: readonly Row[] = [
  { peer: "is primary on the same timeline", answer: peerAnswer("primary", 3), rewind: NO_REWIND, becomes: "standby" },
  { peer: "is primary on a newer timeline", answer: peerAnswer("primary", 4), rewind: NO_REWIND, becomes: "standby" },
  {
    peer: "is primary on a newer timeline from which this data diverged",
    answer: peerAnswer("primary", 4),
    rewind: DIVERGED,
    becomes:
      /host-b is primary on timeline 4 and this data diverged from it; nothing is changed here: save this volume/,
  },
  {
    peer: "is primary on a newer timeline and cannot be compared",
    answer: peerAnswer("primary", 4),
    becomes: /diverged/,
  },
  {
    peer: "is primary on an older timeline",
    answer: peerAnswer("primary", 2),
    rewind: NO_REWIND,
    becomes: /host-b is primary on older timeline 2, here 3: two histories/,
  },
  { peer: "is a standby on this timeline", answer: peerAnswer("standby", 3), becomes: "primary" },
  { peer: "is a standby on an older timeline", answer: peerAnswer("standby", 2), becomes: "primary" },
  {
    peer: "is a standby on a newer timeline",
    answer: peerAnswer("standby", 4),
    becomes: /host-b is a standby on newer timeline 4, here 3/,
  },
  {
    peer: "is primary of another cluster",
    answer: peerAnswer("primary", 3, "7400"),
    rewind: NO_REWIND,
    becomes: /host-b holds another database cluster \(system identifier 7400, here 7300\)/,
  },
  {
    peer: "is standby of another cluster",
    answer: peerAnswer("standby", 3, "7400"),
    becomes: /holds another database cluster/,
  },
  {
    peer: "does not answer",
    answer: undefined,
    becomes: /was primary, and host-b does not answer; .* understudy release host-a$/,
  },
];

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of timescaledb under ${name}: a former primary`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
    });
    afterEach(() => stage.close());

    for (const { peer, answer, rewind, becomes } of ROWS) {
      it(`${becomes instanceof RegExp ? "is held" : `starts as ${becomes}`} when the peer ${peer}`, async () => {
        if (answer !== undefined) stage.write("stage/peer", answer);
        if (rewind !== undefined) stage.write("stage/rewind", rewind);
        stage.start();
        await (becomes instanceof RegExp ? stage.isHeld(becomes) : stage.startsAs(becomes));
        const follows = stage.read("data/pgdata/standby.signal") !== undefined;
        expect(follows, "standby.signal").to.equal(becomes === "standby");
        expect(stage.read("data/pgdata/PG_VERSION"), "its data is left alone").to.equal("15");
      });
    }

    it("counts a timeline that it has begun since its last checkpoint as its own", async () => {
      stage.write("data/pgdata/pg_wal/0000000A.history", "3\t0/6000000\tno recovery target specified\n");
      stage.write("stage/peer", peerAnswer("standby", 10));
      stage.start();
      await stage.startsAs("primary");
    });

    it("starts by itself once the peer answers, and asks again until then", async () => {
      stage.start();
      await stage.until("two questions", () => stage.calls("psql") >= 2);
      await stage.isHeld(/does not answer/);
      stage.write("stage/peer", peerAnswer("standby", 3));
      await stage.startsAs("primary");
    });

    it("starts as primary on an operator's release, which is used up", async () => {
      stage.start();
      await stage.isHeld(/does not answer/);
      stage.write("data/understudy/release");
      await stage.startsAs("primary");
      expect(stage.read("data/understudy/release")).to.equal(undefined);
    });

    it("starts as primary beside a silent peer where the policy is resume", async () => {
      stage.start({ UNDERSTUDY_BOOT_POLICY: "resume" });
      await stage.startsAs("primary");
    });

    it("does not let the policy overrule a peer that does answer", async () => {
      stage.write("stage/peer", peerAnswer("primary", 4));
      stage.write("stage/rewind", DIVERGED);
      stage.start({ UNDERSTUDY_BOOT_POLICY: "resume" });
      await stage.isHeld(/diverged/);
    });

    it("asks nobody when it never had a standby", async () => {
      stage.remove("data/understudy/paired");
      stage.start();
      await stage.startsAs("primary");
      expect(stage.calls("psql")).to.equal(0);
    });

    it("asks nobody when it stands alone, and is given nobody to follow", async () => {
      stage.start({ UNDERSTUDY_PEER_ADDRESS: "", UNDERSTUDY_PEER_HOST: "" });
      await stage.startsAs("primary");
      expect(stage.calls("psql")).to.equal(0);
      expect(stage.starts()[0]).to.not.include("primary_conninfo");
    });
  });

  describe(`the boot guard of timescaledb under ${name}: a standby`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
      stage.write("data/pgdata/standby.signal");
    });
    afterEach(() => stage.close());

    it("starts as standby without asking, also while the peer is silent", async () => {
      stage.start();
      await stage.startsAs("standby");
      expect(stage.calls("psql")).to.equal(0);
    });

    it("is told whom to follow, by slot and password file, with no password among the arguments", async () => {
      stage.start();
      await stage.startsAs("standby");
      const [started = ""] = stage.starts();
      expect(started)
        .to.include("primary_slot_name=understudy_host_a")
        .and.include("primary_conninfo=host=203.0.113.2 port=5432 user=understudy_replication passfile=")
        .and.not.match(/re:pl|super/);
    });

    it("has a password file of its own user's, in libpq's notation", async () => {
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/pgpass")?.split("\n")).to.deep.equal([
        "*:*:*:understudy_replication:re\\:pl\\\\ication",
        "*:*:*:postgres:super",
      ]);
      expect(stage.mode("data/understudy/pgpass")).to.equal("600");
    });
  });
}
