import { expect } from "chai";
import { emptyPostgres, formerPrimary, peerAnswer } from "./postgres-stage";
import { SHELLS, Stage } from "./stage";

const FORMED = "data/appendonlydir/appendonly.aof.1.base.rdb";

for (const [name, ...shell] of SHELLS) {
  describe(`the boot guard of timescaledb under ${name}: data and image of other versions`, () => {
    let stage: Stage;
    afterEach(() => stage.close());

    it("holds data of another major version, names both, and changes nothing", async () => {
      stage = formerPrimary(shell);
      stage.write("stage/peer", peerAnswer("primary", 3));
      stage.write("stage/version", "postgres (PostgreSQL) 17.12 (Debian 17.12-0+deb13u1)\n");
      stage.start();
      await stage.isHeld(/the data here are of PostgreSQL 15, and this image has PostgreSQL 17/);
      expect(stage.read("data/pgdata/standby.signal")).to.equal(undefined);
    });

    it("holds a standby's data too", async () => {
      stage = formerPrimary(shell);
      stage.write("data/pgdata/standby.signal");
      stage.write("stage/version", "postgres (PostgreSQL) 18beta1\n");
      stage.start();
      await stage.isHeld(/and this image has PostgreSQL 18, .*name an image of PostgreSQL 15/);
    });

    for (const said of ["postgres (PostgreSQL) 15.13\n", "something else\n", ""]) {
      it(`leaves the server to decide where it says ${JSON.stringify(said)}`, async () => {
        stage = formerPrimary(shell);
        stage.write("data/pgdata/standby.signal");
        stage.write("stage/version", said);
        stage.start();
        await stage.startsAs("standby");
      });
    }

    it("asks no version of an empty folder", async () => {
      stage = emptyPostgres(shell);
      stage.write("stage/version", "postgres (PostgreSQL) 17.12\n");
      stage.write("data/understudy/init", "primary\n");
      stage.start();
      await stage.startsAs("primary");
    });
  });

  describe(`the boot guard of redis under ${name}: data that a newer server wrote`, () => {
    let stage: Stage;
    beforeEach(() => {
      stage = new Stage("redis-guard.sh", shell);
      stage.write("understudy/files/current/redis", "hush\n");
      stage.write("understudy/files/current/redis.conf", 'replica-announce-ip "203.0.113.1"\n');
      stage.write("data/understudy/redis.conf", "include /somewhere/redis.conf\n");
      stage.write(FORMED, "REDIS0011 and more");
    });
    afterEach(() => stage.close());

    it("is held with the form and the version, and is not touched", async () => {
      stage.write("stage/unread", "REDIS0011");
      stage.start({ UNDERSTUDY_PEER_PORT: "6379" });
      await stage.isHeld(
        /of the form REDIS0011, which a newer server wrote .*\(Redis server v=7\.0\.15\); nothing is changed/,
      );
      expect(stage.read(FORMED)).to.equal("REDIS0011 and more");
    });

    it("a form that is read starts the server, and is not tried again at the next boot", async () => {
      stage.start({ UNDERSTUDY_PEER_PORT: "6379" });
      await stage.startsAs("primary");
      stage.signal("SIGTERM");
      await stage.ended();
      stage.start({ UNDERSTUDY_PEER_PORT: "6379" });
      await stage.startsAs("primary", 2);
      expect(stage.read("stage/tried")).to.equal("REDIS0011");
    });

    it("a server that does not stand at the oldest form either is not judged", async () => {
      stage.write("stage/unread", "REDIS0011 REDIS0009");
      stage.start({ UNDERSTUDY_PEER_PORT: "6379" });
      await stage.startsAs("primary");
    });

    it("data that begin with no form are left to the server", async () => {
      stage.write(FORMED, "precious");
      stage.start({ UNDERSTUDY_PEER_PORT: "6379" });
      await stage.startsAs("primary");
      expect(stage.read("stage/tried")).to.equal(undefined);
    });
  });
}
