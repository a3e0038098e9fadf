import { expect } from "chai";
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { SHELLS, Stage } from "./stage";

const OWN = "203.0.113.1";
const PRIMARY =
  "redis_version:7.0.15\r\nrole:master\r\nconnected_slaves:0\r\n# Keyspace\r\ndb0:keys=42,expires=0,avg_ttl=0\r\n";
const EMPTY_PRIMARY = "role:master\r\nconnected_slaves:0\r\n# Keyspace\r\n";
const standbyOf = (host: string): string => `role:slave\r\nmaster_host:${host}\r\nmaster_port:6379\r\n`;
const REPLICAOF = "replicaof 203.0.113.2 6379";
const AT_6379 = { UNDERSTUDY_PEER_PORT: "6379" };

function emptyRedis(shell: readonly string[]): Stage {
  const stage = new Stage("redis-guard.sh", shell);
  stage.write("understudy/files/current/redis", "hush\n");
  stage.write("understudy/files/current/redis.conf", `replica-announce-ip "${OWN}"\n`);
  return stage;
}

/** A host that was primary, has data, and has had a replica. */
function formerPrimary(shell: readonly string[]): Stage {
  const stage = emptyRedis(shell);
  stage.write("data/understudy/redis.conf", "include /somewhere/redis.conf\n");
  stage.write("data/understudy/paired");
  stage.write("data/appendonlydir/appendonly.aof.1.base.rdb", "precious");
  return stage;
}

const salvages = (stage: Stage): readonly string[] =>
  existsSync(stage.path("data/understudy/salvage")) ? readdirSync(stage.path("data/understudy/salvage")) : [];

const replicaof = (stage: Stage): string | undefined =>
  stage
    .read("data/understudy/redis.conf")
    ?.split("\n")
    .find((line) => line.startsWith("replicaof"));

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of redis under ${name}: a former primary`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
    });
    afterEach(() => stage.close());

    it("follows a peer that is primary, after saving what was here", async () => {
      stage.write("stage/peer", PRIMARY);
      stage.write("data/dump.rdb", "precious too");
      stage.start(AT_6379);
      await stage.startsAs("standby");
      expect(replicaof(stage)).to.equal(REPLICAOF);
      const [salvage = "none", ...others] = salvages(stage);
      expect([salvage, others]).to.deep.equal([/^\d{8}T\d{6}Z-boot$/.exec(salvage)?.[0], []]);
      const saved = (file: string): string | undefined => stage.read(`data/understudy/salvage/${salvage}/${file}`);
      expect(saved("appendonlydir/appendonly.aof.1.base.rdb")).to.equal("precious");
      expect(saved("dump.rdb")).to.equal("precious too");
    });

    it("is primary again when the peer follows it, and saves nothing", async () => {
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.startsAs("primary");
      expect(replicaof(stage)).to.equal(undefined);
      expect(salvages(stage)).to.deep.equal([]);
    });

    it("does not follow before what was here is saved: held while the disk is full, and tried again", async () => {
      stage.write("stage/peer", PRIMARY);
      stage.write("bin/cp", "#!/bin/sh\nexit 1\n");
      chmodSync(stage.path("bin/cp"), 0o755);
      stage.start(AT_6379);
      await stage.isHeld(/host-b is primary, and what is here could not be saved before following it/);
      expect([replicaof(stage), stage.read("data/appendonlydir/appendonly.aof.1.base.rdb")]).to.deep.equal([
        undefined,
        "precious",
      ]);
      stage.remove("bin/cp");
      await stage.startsAs("standby");
      expect(salvages(stage)).to.have.length(1);
    });

    it("saves once, however often it is killed before it follows", async () => {
      stage.write("stage/peer", PRIMARY);
      stage.write("data/understudy/salvage/20261124T030000Z-boot/dump.rdb", "saved before the kill");
      stage.write("data/understudy/saved", "20261124T030000Z-boot\n");
      stage.start(AT_6379);
      await stage.startsAs("standby");
      expect(salvages(stage)).to.deep.equal(["20261124T030000Z-boot"]);
      expect(stage.read("data/understudy/saved")).to.equal(undefined);
    });

    it("throws away half a copy and makes a whole one", async () => {
      stage.write("stage/peer", PRIMARY);
      stage.write("data/understudy/salvage/20261124T030000Z-boot.partial/dump.rdb", "half");
      stage.start(AT_6379);
      await stage.startsAs("standby");
      expect(salvages(stage).filter((one) => one.endsWith(".partial"))).to.deep.equal([]);
      expect(salvages(stage)).to.have.length(1);
    });

    it("is held when the peer follows somebody else", async () => {
      stage.write("stage/peer", standbyOf("203.0.113.9"));
      stage.start(AT_6379);
      await stage.isHeld(/host-b follows 203\.0\.113\.9, not this host/);
    });

    it("is held when its data is gone while the peer still has it: an empty primary would wipe its replica", async () => {
      stage.remove("data/appendonlydir");
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.isHeld(/has lost its data, and host-b still has it; starts when host-b is promoted, or after/);
    });

    it("is held while the peer is silent, says so, and starts by itself once it answers", async () => {
      stage.start(AT_6379);
      await stage.isHeld(/was primary, and host-b does not answer; .* understudy release host-a$/);
      stage.write("stage/peer", standbyOf(OWN));
      await stage.startsAs("primary");
    });

    for (const [file, answer] of [
      ["peer", "NOAUTH Authentication required."],
      ["peer", "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."],
      ["hears", "ERR max number of clients reached"],
    ] as const) {
      it(`is held beside a peer that answers "${answer}", whatever the policy, and starts when it says what it is`, async () => {
        stage.write(`stage/${file}`, `${answer}\n`);
        stage.start({ ...AT_6379, UNDERSTUDY_BOOT_POLICY: "resume" });
        await stage.isHeld(
          /was primary, and host-b answers and does not say what it is: .* understudy release host-a$/,
        );
        stage.write("stage/peer", standbyOf(OWN));
        await stage.startsAs("primary");
      });
    }

    it("never starts empty as primary beside a peer that does not say what it is", async () => {
      stage.remove("data/understudy/redis.conf");
      stage.write("data/understudy/init", "primary\n");
      stage.write("stage/peer", "NOAUTH Authentication required.\n");
      stage.start(AT_6379);
      await stage.isHeld(/empty, and host-b answers and does not say what it is/);
      expect(stage.read("data/understudy/init")).to.equal("primary");
    });

    it("does not wait for a peer that hangs", async () => {
      stage.write("bin/redis-cli", "#!/bin/sh\nexec sleep 60\n");
      stage.start(AT_6379);
      await stage.isHeld(/host-b does not answer/);
    });

    it("starts as primary on an operator's release, which is used up", async () => {
      stage.start(AT_6379);
      await stage.isHeld(/does not answer/);
      stage.write("data/understudy/release");
      await stage.startsAs("primary");
      expect(stage.read("data/understudy/release")).to.equal(undefined);
    });

    it("starts as primary beside a silent peer where the policy is resume, and not beside another primary", async () => {
      stage.start({ ...AT_6379, UNDERSTUDY_BOOT_POLICY: "resume" });
      await stage.startsAs("primary");
      stage.signal("SIGTERM");
      await stage.ended();
      stage.write("stage/peer", PRIMARY);
      stage.start({ ...AT_6379, UNDERSTUDY_BOOT_POLICY: "resume" });
      await stage.startsAs("standby", 2);
    });

    it("asks nobody when it never had a replica, or stands alone", async () => {
      stage.start({ ...AT_6379, UNDERSTUDY_PEER_ADDRESS: "", UNDERSTUDY_PEER_HOST: "" });
      await stage.startsAs("primary");
      stage.signal("SIGTERM");
      await stage.ended();
      stage.remove("data/understudy/paired");
      stage.start(AT_6379);
      await stage.startsAs("primary", 2);
      expect(stage.calls("redis-cli -h")).to.equal(0);
    });
  });

  describe(`the boot guard of redis under ${name}: a former primary that a drill has fenced`, () => {
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
        stage.start({ ...AT_6379, UNDERSTUDY_BOOT_POLICY: policy });
        await stage.isHeld(/fenced by drill d-7 .*host-b does not answer; .* understudy release host-a$/);
      });
    }

    it("is held beside a standby that follows it, and follows once that one is promoted; then the fence is gone", async () => {
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.isHeld(/fenced by drill d-7 .*host-b is still a standby; starts when it is promoted/);
      stage.write("stage/peer", PRIMARY);
      await stage.startsAs("standby");
      expect(stage.read("data/understudy/fenced")).to.equal(undefined);
    });

    it("starts as primary on an operator's release, and the fence is gone", async () => {
      stage.start(AT_6379);
      await stage.isHeld(/fenced/);
      stage.write("data/understudy/release");
      await stage.startsAs("primary");
      expect(stage.read("data/understudy/fenced")).to.equal(undefined);
    });
  });

  describe(`the boot guard of redis under ${name}: a standby`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = formerPrimary(shell);
      stage.write("data/understudy/redis.conf", `include /somewhere/redis.conf\n${REPLICAOF}\n`);
    });
    afterEach(() => stage.close());

    it("starts as standby of another host than its peer without asking", async () => {
      stage.write("data/understudy/redis.conf", "include /somewhere/redis.conf\nreplicaof 203.0.113.7 6400\n");
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.startsAs("standby");
      expect(replicaof(stage)).to.equal("replicaof 203.0.113.7 6400");
      expect(stage.calls("redis-cli -h")).to.equal(0);
      expect(stage.starts()[0]).to.match(/understudy\/redis\.conf --dir .*\/data$/);
    });

    it("follows its peer to the address and port that are declared for it now, and no other host that it follows", async () => {
      stage.write("data/understudy/peer", "replicaof 203.0.113.8 6379");
      stage.write("data/understudy/redis.conf", "include /somewhere/redis.conf\nreplicaof 203.0.113.8 6379\n");
      stage.start({ UNDERSTUDY_PEER_PORT: "6400" });
      await stage.startsAs("standby");
      expect(replicaof(stage)).to.equal("replicaof 203.0.113.2 6400");
      expect(stage.read("data/understudy/peer")).to.equal("replicaof 203.0.113.2 6400");
    });

    for (const [what, answer] of [
      ["is primary", PRIMARY],
      ["is silent", undefined],
      ["follows somebody else", standbyOf("203.0.113.9")],
    ] as const) {
      it(`stays a standby of a peer that ${what}`, async () => {
        if (answer !== undefined) stage.write("stage/peer", answer);
        stage.start(AT_6379);
        await stage.startsAs("standby");
        expect(replicaof(stage)).to.equal(REPLICAOF);
      });
    }

    it("is the primary that it had been made when its peer follows it: two that follow each other take no writes", async () => {
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.startsAs("primary");
      expect(replicaof(stage)).to.equal(undefined);
    });

    for (const [what, change] of [
      ["a drill has fenced it", (): void => stage.write("data/understudy/fenced", "d-7 2026-11-24T03:00:00Z\n")],
      ["its data is gone", (): void => stage.remove("data/appendonlydir")],
    ] as const) {
      it(`stays a standby beside a peer that follows it when ${what}`, async () => {
        change();
        stage.write("stage/peer", standbyOf(OWN));
        stage.start(AT_6379);
        await stage.startsAs("standby");
        expect(replicaof(stage)).to.equal(REPLICAOF);
      });
    }
  });

  describe(`the boot guard of redis under ${name}: nothing there yet`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = emptyRedis(shell);
    });
    afterEach(() => stage.close());

    it("is held until the first up says what it becomes", async () => {
      stage.write("stage/peer", PRIMARY);
      stage.start(AT_6379);
      await stage.isHeld(/empty; the first 'pulumi up' of this stack says what it becomes/);
    });

    it("never starts empty as primary beside a primary with data, and keeps its word for later", async () => {
      stage.write("data/understudy/init", "primary\n");
      stage.write("stage/peer", PRIMARY);
      stage.start(AT_6379);
      await stage.isHeld(/empty, and host-b is primary with 42 keys; declare this host standby, .* rejoin host-a/);
      expect(stage.read("data/understudy/init")).to.equal("primary");
    });

    it("never starts empty as primary beside a standby with data", async () => {
      stage.write("data/understudy/init", "primary\n");
      stage.write("stage/peer", `${standbyOf(OWN)}# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\n`);
      stage.start(AT_6379);
      await stage.isHeld(/empty, and host-b is standby with 7 keys; declare this host standby/);
    });

    for (const [what, answer] of [
      ["no peer answers", undefined],
      ["the peer is as empty", EMPTY_PRIMARY],
    ] as const) {
      it(`becomes the primary it is told to be when ${what}, once`, async () => {
        if (answer !== undefined) stage.write("stage/peer", answer);
        stage.write("data/understudy/init", "primary\n");
        stage.start(AT_6379);
        await stage.startsAs("primary");
        expect(replicaof(stage)).to.equal(undefined);
        expect(stage.read("data/understudy/init")).to.equal(undefined);
      });
    }

    it("becomes a standby of the peer, and knows from then on that it is one of two", async () => {
      stage.write("data/understudy/init", "standby\n");
      stage.start(AT_6379);
      await stage.startsAs("standby");
      expect(replicaof(stage)).to.equal(REPLICAOF);
      expect(stage.read("data/understudy/paired")).to.equal("");
      expect(stage.read("data/understudy/init")).to.equal(undefined);
    });
  });

  describe(`the boot guard of redis under ${name}: its server`, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = formerPrimary(shell);
      stage.write("stage/peer", standbyOf(OWN));
      stage.start(AT_6379);
      await stage.startsAs("primary");
    });
    afterEach(() => stage.close());

    it("is stopped with SIGTERM, and waited for", async () => {
      stage.signal("SIGTERM");
      expect(await stage.ended()).to.equal(0);
      expect(stage.read("stage/signals")).to.equal("SIGTERM");
    });

    it("ends the container with its own exit code", async () => {
      stage.write("stage/exit-code", "7");
      expect(await stage.ended()).to.equal(7);
    });
  });
}
