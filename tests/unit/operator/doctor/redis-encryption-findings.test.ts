import { expect } from "chai";
import {
  redisEncryptionFinding,
  type FoundRedisEncryption,
} from "../../../../operator/doctor/redis-encryption-findings";
import type { PortState } from "../../../../drills/hosts/knock";
import { withEncryptedRedis, type SeenPort } from "../../../../operator/doctor/port-findings";
import type { Encryption } from "../../../../settings/encryption";
import { sampleEnvironment } from "../../components/sample";

const FOUND: FoundRedisEncryption = { mode: "required", encrypts: true, why: "", waitsForPeer: false };

describe("what doctor says of how a host's Redis encrypts", () => {
  const said = (found: Partial<FoundRedisEncryption>, encryption?: Encryption): string => {
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
    expect(said({ mode: "used" })).to.match(/^problem: Redis takes both, and clients may be plain/);
    expect(said({ mode: "accepted" })).to.match(/^problem: .* our own sessions are plain$/);
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
