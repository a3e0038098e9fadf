import { expect } from "chai";
import { redisEncryptionFinding } from "../../../../operator/doctor/redis-encryption-findings";
import type { FoundEncryption } from "../../../../operator/lifecycle/encryption-state";
import { parseRedisEncryption } from "../../../../operator/lifecycle/redis-encryption-state";
import type { PortState } from "../../../../drills/hosts/knock";
import { withEncryptedRedis, type SeenPort } from "../../../../operator/doctor/port-findings";
import type { Encryption } from "../../../../settings/encryption";
import { sampleEnvironment } from "../../components/sample";

const FOUND: FoundEncryption = { mode: "required", encrypts: true, why: "", waitsForPeer: false, plain: [] };
const CLIENT = { role: "shop", application: "till", address: "198.51.100.9", sessions: 2 };

describe("what doctor says of how a host's Redis encrypts", () => {
  const said = (found: Partial<FoundEncryption>, encryption?: Encryption): string => {
    const declared = encryption === undefined ? {} : { encryption };
    const { state, detail } = redisEncryptionFinding("host-a", declared, { ...FOUND, ...found });
    return `${state}: ${detail}`;
  };

  it("good where it is as it should be", () => {
    expect(said({})).to.equal("good: Redis takes no plain connection from elsewhere");
    expect(said({ mode: "plain", encrypts: false })).to.match(/^good: Redis is plain: /);
  });

  it("what does not hold: another mode than declared, no certificate taken, a peer that was not seen to encrypt", () => {
    expect(said({ mode: "plain" }, "used")).to.equal("problem: Redis is plain, the environment file says used");
    expect(said({ encrypts: false, why: "key" })).to.equal(
      "problem: Redis does not encrypt, and lets nobody in from elsewhere: key",
    );
    expect(said({ mode: "used", encrypts: false, why: "key" })).to.equal("problem: Redis does not encrypt: key");
    expect(said({ why: "those of before stay" })).to.equal("problem: those of before stay");
    expect(said({ waitsForPeer: true })).to.match(/^problem: the other host's Redis was not seen to encrypt yet/);
    expect(said({ mode: "used" })).to.equal("problem: Redis takes both; nobody comes plain now");
    expect(said({ mode: "accepted" })).to.match(/^problem: .* our own sessions are plain; nobody comes plain now$/);
  });

  it("who still comes plain, by name; and that nobody could be asked", () => {
    const listed = "still plain: 2 of shop (till) from 198.51.100.9";
    expect(said({ mode: "used", plain: [CLIENT] })).to.equal(`problem: Redis takes both; ${listed}`);
    expect(said({ plain: [CLIENT] })).to.equal(`problem: Redis takes no plain connection any more; ${listed}`);
    expect(said({ mode: "used", plain: null })).to.match(/^unknown: used; who still comes plain cannot be asked/);
  });
});

describe("who comes plain to a host's Redis", () => {
  const line = (addr: string, laddr: string, more = "name= user=shop"): string =>
    `client id=7 addr=${addr} laddr=${laddr} fd=8 ${more} lib-name=x y`;
  const read = (...lines: string[]): unknown => parseRedisEncryption(["note used on 1 ", ...lines].join("\r\n")).plain;

  it("is whoever is on the plain port from outside of the container, once for each place", () => {
    expect(
      read(
        line("198.51.100.9:4000", "172.20.0.3:6379", "name=till user=shop"),
        line("198.51.100.9:4001", "172.20.0.3:6379", "name=till user=shop"),
        line("[2001:db8::7]:4001", "[2001:db8::2]:6379"),
        line("198.51.100.9:4002", "172.20.0.3:6380"),
        line("127.0.0.1:4003", "127.0.0.1:6379"),
        line("/data/understudy/server.sock:0", "/data/understudy/server.sock:0"),
      ),
    ).to.deep.equal([CLIENT, { role: "shop", application: "", address: "2001:db8::7", sessions: 1 }]);
  });

  it("is unknown where the server did not answer, and where it does not say on which port", () => {
    expect(read()).to.equal(null);
    expect(read("client NOPERM this user has no permissions")).to.equal(null);
    expect(read("client id=7 addr=198.51.100.9:4000 fd=8 name= user=shop")).to.equal(null);
    expect(read(line("127.0.0.1:4003", "127.0.0.1:6379"))).to.deep.equal([]);
  });

  it("stands beside what the boot guard noted", () => {
    expect(parseRedisEncryption("note used on 1-2 \nplain-peer\nclient id=1 addr=/x:0 laddr=/x:0")).to.deep.equal({
      ...{ mode: "used", encrypts: true, why: "", waitsForPeer: true, plain: [] },
    });
    expect(parseRedisEncryption("")).to.deep.include({ mode: "plain", encrypts: false, plain: null });
  });
});

describe("the ports of a host whose Redis encrypts", () => {
  const seen = (plain: PortState, tls: PortState, encryption?: Encryption): string[] => {
    const ports: SeenPort[] = [{ name: "redis", port: 16379, state: plain, running: true }];
    const environment = sampleEnvironment(2, encryption === undefined ? {} : { encryption });
    return withEncryptedRedis(ports, tls, environment).map(({ name, state }) => `${name} ${state}`);
  };

  it("are the plain one alone in mode plain, and where nothing is declared and only that answers", () => {
    expect(seen("open", "refused", "plain")).to.deep.equal(["redis open"]);
    expect(seen("open", "silent")).to.deep.equal(["redis open"]);
  });

  it("are the other one instead where the plain one is closed, and both where both are needed", () => {
    expect(seen("refused", "open")).to.deep.equal(["redis_tls open"]);
    expect(seen("open", "open", "used")).to.deep.equal(["redis open", "redis_tls open"]);
    expect(seen("open", "silent", "used")).to.deep.equal(["redis open", "redis_tls silent"]);
  });
});
