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
    becomes: /host-b is primary on timeline 4 and this data diverged from it, .* understudy rejoin host-a --execute$/,
  },
  {
    peer: "is primary on a newer timeline and cannot be compared",
    answer: peerAnswer("primary", 4),
    becomes: /diverged/,
  },
  {
    peer: "is primary on the same timeline's number, and came to it another way",
    answer: peerAnswer("primary", 3, { history: "0123456789abcdef0123456789abcdef" }),
    rewind: NO_REWIND,
    becomes: /diverged/,
  },
  {
    peer: "is primary on the same timeline, and this data goes further",
    answer: peerAnswer("primary", 3, { lsn: "0/6000000" }),
    rewind: NO_REWIND,
    becomes: /diverged/,
  },
  {
    peer: "is primary on an older timeline",
    answer: peerAnswer("primary", 2),
    rewind: NO_REWIND,
    becomes:
      /host-b is primary on older timeline 2, here 3: two histories; .* rejoin host-a --accept-older-timeline --execute$/,
  },
  { peer: "is a standby on this timeline", answer: peerAnswer("standby", 3), becomes: "primary" },
  { peer: "is a standby on an older timeline", answer: peerAnswer("standby", 2), becomes: "primary" },
  {
    peer: "is a standby on a newer timeline",
    answer: peerAnswer("standby", 4),
    becomes:
      /host-b is a standby on newer timeline 4, here 3; starts when host-b is promoted, or after: understudy release host-a$/,
  },
  {
    peer: "is primary of another cluster",
    answer: peerAnswer("primary", 3, { system: "7400" }),
    rewind: NO_REWIND,
    becomes:
      /host-b holds another database cluster \(system identifier 7400, here 7300\); .* understudy release host-a$/,
  },
  {
    peer: "is standby of another cluster",
    answer: peerAnswer("standby", 3, { system: "7400" }),
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
      stage.write("data/pgdata/pg_wal/0000000A0000000000000006", "");
      stage.write("stage/peer", peerAnswer("standby", 10));
      stage.start();
      await stage.startsAs("primary");
    });

    it("does not count one that it has only heard of: there is a history and no log of it", async () => {
      stage.write("data/pgdata/pg_wal/0000000A.history", "3\t0/6000000\tno recovery target specified\n");
      stage.write("stage/peer", peerAnswer("standby", 10));
      stage.start();
      await stage.isHeld(/newer timeline 10, here 3/);
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

    it("lets the primary make a checkpoint on its new timeline before it believes that nothing diverged", async () => {
      stage.write("stage/peer", peerAnswer("primary", 4, { checked: 3 }));
      stage.write("stage/rewind", NO_REWIND);
      stage.write("stage/checkpoint-fails");
      stage.start();
      await stage.isHeld(/diverged/);
      expect(stage.calls("pg_rewind"), "pg_rewind is not asked before").to.equal(0);
      stage.remove("stage/checkpoint-fails");
      await stage.startsAs("standby");
    });

    for (const [listens, words] of [
      ["0", "takes connections"],
      ["1", "takes none yet, or no more"],
      ["3", "could not be asked"],
    ] as const) {
      it(`is held beside a peer that ${words} and does not say what it is, whatever the policy, and starts when it does`, async () => {
        stage.write("stage/listens", listens);
        stage.start({ UNDERSTUDY_BOOT_POLICY: "resume" });
        await stage.isHeld(
          /was primary, and host-b answers and does not say what it is: .* understudy release host-a$/,
        );
        stage.write("stage/peer", peerAnswer("standby", 3));
        await stage.startsAs("primary");
      });
    }

    it("starts as primary on an operator's release beside a peer that does not say what it is", async () => {
      stage.write("stage/listens", "0");
      stage.start();
      await stage.isHeld(/does not say what it is/);
      stage.write("data/understudy/release");
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
      expect(stage.read("data/understudy/postgresql.conf")).to.not.include("primary_conninfo");
    });
  });

  describe(`the boot guard of timescaledb under ${name}: a former primary that a drill has fenced`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
      stage.write("data/understudy/fenced", "d-7 2026-11-24T03:00:00Z\n");
    });
    afterEach(() => stage.close());

    for (const [policy, paired] of [
      ["hold", true],
      ["resume", true],
      ["hold", false],
    ] as const) {
      it(`is held beside a silent peer: policy ${policy}, ${paired ? "paired" : "never paired"}`, async () => {
        if (!paired) stage.remove("data/understudy/paired");
        stage.start({ UNDERSTUDY_BOOT_POLICY: policy });
        await stage.isHeld(
          /^held fenced by drill d-7 2026-11-24T03:00:00Z; was primary, and host-b does not answer; .* understudy release host-a$/,
        );
      });
    }

    it("is held beside a peer that does not say what it is", async () => {
      stage.write("stage/listens", "1");
      stage.start({ UNDERSTUDY_BOOT_POLICY: "resume" });
      await stage.isHeld(/^held fenced by drill d-7 .*host-b answers and does not say what it is/);
    });

    it("is held beside a standby that follows it, and follows once that one is promoted; then the fence is gone", async () => {
      stage.write("stage/peer", peerAnswer("standby", 3));
      stage.write("stage/rewind", NO_REWIND);
      stage.start();
      await stage.isHeld(/fenced by drill d-7 .*host-b is still a standby; starts when it is promoted, or after/);
      stage.write("stage/peer", peerAnswer("primary", 4));
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/fenced")).to.equal(undefined);
    });

    it("is held as diverged beside a promoted peer, and stays fenced", async () => {
      stage.write("stage/peer", peerAnswer("primary", 4));
      stage.write("stage/rewind", DIVERGED);
      stage.start();
      await stage.isHeld(/diverged/);
      expect(stage.read("data/understudy/fenced")).to.match(/^d-7/);
    });

    it("starts as primary on an operator's release, and the fence is gone", async () => {
      stage.start();
      await stage.isHeld(/fenced/);
      stage.write("data/understudy/release");
      await stage.startsAs("primary");
      for (const used of ["release", "fenced"]) expect(stage.read(`data/understudy/${used}`), used).to.equal(undefined);
    });
  });

  describe(`the boot guard of timescaledb under ${name}: a data directory that is half replaced`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
      stage.write("data/understudy/torn", "20261124T030000Z-d-7\n");
    });
    afterEach(() => stage.close());

    for (const [what, file] of [
      ["with a release", "data/understudy/release"],
      ["with standby.signal", "data/pgdata/standby.signal"],
      ["with the first role still to give", "data/understudy/init"],
    ] as const) {
      it(`is never started, ${what}`, async () => {
        stage.write("stage/peer", peerAnswer("standby", 3));
        stage.write(file, "primary\n");
        stage.start({ UNDERSTUDY_BOOT_POLICY: "resume" });
        await stage.isHeld(/half replaced; it is cloned by: understudy rejoin host-a --execute$/);
      });
    }
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

    it("stays a standby beside a peer that is one too, whatever its timeline", async () => {
      stage.write("stage/peer", peerAnswer("standby", 9));
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/pgdata/standby.signal")).to.equal("");
    });

    it("forgets a release and a fence: a later promotion is another story", async () => {
      stage.write("data/understudy/release");
      stage.write("data/understudy/fenced", "d-7\n");
      stage.start();
      await stage.startsAs("standby");
      for (const old of ["release", "fenced"]) expect(stage.read(`data/understudy/${old}`), old).to.equal(undefined);
    });

    it("is told whom to follow, by slot and password file, with no password among the arguments", async () => {
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/postgresql.conf"))
        .to.include("primary_slot_name = 'understudy_host_a'")
        .and.include("primary_conninfo = 'host=203.0.113.2 port=5432 user=understudy_replication passfile=")
        .and.not.match(/re:pl|super|ssl/);
      expect(stage.starts()[0]).to.not.match(/re:pl|super/);
    });

    it("gives a silent peer up within seconds, and has the peer's end of the connection do so too", async () => {
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/postgresql.conf"))
        .to.match(
          /primary_conninfo = '.* keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000 /,
        )
        .and.match(/ options=''-c tcp_keepalives_idle=5 .*-c tcp_user_timeout=10000''/);
    });

    it("has a password file of its own user's, in libpq's notation", async () => {
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/pgpass")?.split("\n")).to.deep.equal([
        "*:*:*:understudy_replication:re\\:pl\\\\ication",
        "*:*:*:understudy_guard:gu\\:ard",
        "*:*:*:postgres:super",
      ]);
      expect(stage.mode("data/understudy/pgpass")).to.equal("600");
    });

    it("knows its peer's superuser no more, and lets nobody in as its own, once the data have the roles", async () => {
      stage.write(
        "understudy/files/current/pg_hba.conf",
        "local all all peer\nhost all postgres all reject\nhost all all all scram\n",
      );
      stage.write("data/understudy/own-roles");
      stage.start();
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/pgpass")).to.not.include("postgres");
      expect(stage.read("data/understudy/pg_hba.conf")).to.include("host all postgres all reject");
    });

    for (const [what, variables, roles] of [
      ["before the data have the roles", {}, false],
      ["where the environment asks for it", { UNDERSTUDY_SUPERUSER_OVER_NETWORK: "yes" }, true],
    ] as const) {
      it(`lets the superuser in over the network ${what}`, async () => {
        stage.write(
          "understudy/files/current/pg_hba.conf",
          "local all all peer\nhost all postgres all reject\nhost all all all scram\n",
        );
        if (roles) stage.write("data/understudy/own-roles");
        stage.start(variables);
        await stage.startsAs("standby");
        expect(stage.read("data/understudy/pg_hba.conf")).to.equal("local all all peer\nhost all all all scram");
      });
    }
  });
}
